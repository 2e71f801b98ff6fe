/** A QuickPick over the tools of this machine that have sessions. */

import * as vscode from "vscode";
import { failureFrom, ownFailure } from "../errors";
import type { Server } from "../server/client";
import { LIST_SOURCES, type ToolSource } from "../server/protocol";
import { oneLine, withoutIcons } from "../text";
import { timeText } from "./labels";

interface Row extends vscode.QuickPickItem {
  tool?: string;
}

/** The tools that the user chooses, or undefined. Raises Failure if there is no list to show. */
export function pickTools(server: Server): Promise<string[] | undefined> {
  return new Promise((resolve, reject) => {
    const pick = vscode.window.createQuickPick<Row>();
    const source = new vscode.CancellationTokenSource();
    const close = (tools: string[] | undefined) => {
      resolve(tools);
      source.cancel();
      pick.dispose();
    };
    pick.canSelectMany = true;
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    pick.busy = true;
    pick.placeholder = vscode.l10n.t("Looking for sessions of other tools on this machine…");
    pick.onDidAccept(() => close(pick.selectedItems.flatMap(({ tool }) => tool ?? [])));
    pick.onDidHide(() => close(undefined));
    pick.show();
    const listing = sourcesOf(server, source.token);
    listing.then(
      (sources) => fill(pick, sources),
      (error) => {
        reject(failureFrom(error));
        close(undefined);
      },
    );
  });
}

function fill(pick: vscode.QuickPick<Row>, sources: readonly ToolSource[]): void {
  const rows = rowsOf(sources);
  pick.busy = false;
  if (rows.length === 0) {
    pick.canSelectMany = false;
    pick.placeholder = vscode.l10n.t("No sessions of other tools were found on this machine");
    pick.items = [
      {
        label: vscode.l10n.t("No sessions of other tools were found on this machine"),
        detail: vscode.l10n.t("“HFS: Import Session…” takes files of theirs from anywhere."),
        alwaysShow: true,
      },
    ];
    return;
  }
  pick.placeholder = vscode.l10n.t("Import the sessions of which tools?");
  pick.items = rows;
  pick.selectedItems = rows.filter(({ picked }) => picked);
}

async function sourcesOf(server: Server, token: vscode.CancellationToken): Promise<ToolSource[]> {
  await requireTools(server);
  return (await server.request(LIST_SOURCES, {}, { token })).sources;
}

/** Raises Failure if the server cannot import the sessions of other tools. */
export async function requireTools(server: Server): Promise<void> {
  await server.start();
  if (!server.knowsTools) {
    throw ownFailure(
      "serverTooOld",
      vscode.l10n.t("This hfs-server cannot import the sessions of other tools. Upgrade it."),
    );
  }
}

/** One row for each tool, which may have several folders; those with something new are chosen. */
function rowsOf(sources: readonly ToolSource[]): Row[] {
  const shown = sources.filter(({ found, problem }) => found > 0 || problem !== null);
  return [...new Set(shown.map(({ tool }) => tool))].map((tool) => {
    const folders = shown.filter((one) => one.tool === tool);
    const total = (count: (source: ToolSource) => number) =>
      folders.reduce((sum, source) => sum + count(source), 0);
    const [fresh, changed] = [total((one) => one.new), total((one) => one.changed)];
    return {
      tool,
      label: withoutIcons(folders[0]?.name ?? tool),
      description: countsIn(
        total((one) => one.found),
        fresh,
        changed,
      ),
      detail: folders.map(folderLine).join(" · "),
      picked: fresh + changed > 0,
    };
  });
}

function countsIn(found: number, fresh: number, changed: number): string {
  const { t } = vscode.l10n;
  return [t("{0} found", found), t("{0} new", fresh), t("{0} changed", changed)].join(", ");
}

function folderLine({ location, lastActivity, problem }: ToolSource): string {
  const when = lastActivity ? vscode.l10n.t("last activity {0}", timeText(lastActivity)) : "";
  return withoutIcons(oneLine([location, when, problem ?? ""].filter(Boolean).join(", ")));
}
