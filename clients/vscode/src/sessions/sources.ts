/** A QuickPick over what can be imported: the tools on this machine, files, and folders. */

import * as vscode from "vscode";
import { failureFrom, ownFailure } from "../errors";
import type { Server } from "../server/client";
import { LIST_SOURCES, type ToolSource } from "../server/protocol";
import { oneLine, withoutIcons } from "../text";
import { shortPath, timeText } from "./labels";

/** Where the sessions are to come from. */
export type Choice = { from: "tools"; tools: string[] } | { from: "files" } | { from: "folder" };

interface Row extends vscode.QuickPickItem {
  tool?: string;
  from?: "files" | "folder";
}

/** What the user chooses, or undefined. Raises Failure if the tools cannot be listed. */
export function pickSources(server: Server): Promise<Choice | undefined> {
  return new Promise((resolve, reject) => {
    const pick = vscode.window.createQuickPick<Row>();
    const source = new vscode.CancellationTokenSource();
    const close = (choice: Choice | undefined) => {
      resolve(choice);
      source.cancel();
      pick.dispose();
    };
    pick.title = vscode.l10n.t("Import Sessions");
    pick.placeholder = vscode.l10n.t("Looking for sessions of other tools on this machine…");
    pick.canSelectMany = true;
    // Nothing is shown before all is known: rows that move would be clicked by mistake.
    pick.busy = true;
    pick.onDidChangeSelection((rows) => {
      const places = rows.flatMap(({ from }) => from ?? []);
      const [from] = places;
      if (from && places.length === 1) {
        close({ from });
      } else if (from) {
        // All boxes were checked together, but these two are no sources of their own.
        pick.selectedItems = rows.filter((row) => row.from === undefined);
      }
    });
    pick.onDidAccept(() => close(choiceOf(pick)));
    pick.onDidHide(() => close(undefined));
    pick.show();
    sourcesOf(server, source.token).then(
      (sources) => fill(pick, rowsOf(sources), server.knowsTools),
      (error) => {
        reject(failureFrom(error));
        close(undefined);
      },
    );
  });
}

/** What is checked; where nothing is, or files and folders are meant, the row that is active. */
function choiceOf({ activeItems, selectedItems }: vscode.QuickPick<Row>): Choice | undefined {
  const [active] = activeItems;
  if (active?.from) {
    return { from: active.from };
  }
  const rows = selectedItems.length > 0 || active === undefined ? selectedItems : [active];
  const tools = rows.flatMap(({ tool }) => tool ?? []);
  return tools.length > 0 ? { from: "tools", tools } : undefined;
}

function fill(pick: vscode.QuickPick<Row>, rows: Row[], knowsTools: boolean): void {
  const { t } = vscode.l10n;
  pick.busy = false;
  if (rows.length === 0) {
    pick.canSelectMany = false;
    pick.placeholder = knowsTools
      ? t("No sessions of other tools were found on this machine")
      : tooOldForTools();
    pick.items = elsewhere();
    return;
  }
  pick.placeholder = t("Import the sessions of which tools?");
  pick.items = [
    { label: t("on this machine"), kind: vscode.QuickPickItemKind.Separator },
    ...rows,
    { label: t("from elsewhere"), kind: vscode.QuickPickItemKind.Separator },
    ...elsewhere(),
  ];
  pick.selectedItems = rows.filter(({ picked }) => picked);
  pick.activeItems = rows.slice(0, 1);
}

function elsewhere(): Row[] {
  const { t } = vscode.l10n;
  return [
    {
      from: "files",
      label: `$(files) ${t("From Files…")}`,
      description: t("exports of HFS, files and archives of other tools"),
    },
    {
      from: "folder",
      label: `$(folder-opened) ${t("From Folder…")}`,
      description: t("all sessions in a folder and below"),
    },
  ];
}

/** The sources, of which a server that cannot list them has none. */
async function sourcesOf(server: Server, token: vscode.CancellationToken): Promise<ToolSource[]> {
  await server.start();
  return server.knowsTools ? (await server.request(LIST_SOURCES, {}, { token })).sources : [];
}

/** Raises Failure if the server cannot import the sessions of other tools. */
export async function requireTools(server: Server): Promise<void> {
  await server.start();
  if (!server.knowsTools) {
    throw ownFailure("serverTooOld", tooOldForTools());
  }
}

function tooOldForTools(): string {
  return vscode.l10n.t("This hfs-server cannot import the sessions of other tools. Upgrade it.");
}

/** One row for each tool, which may have several folders; those with something new are chosen. */
function rowsOf(sources: readonly ToolSource[]): Row[] {
  const shown = sources.filter(({ found, problem }) => found > 0 || problem !== null);
  return [...new Set(shown.map(({ tool }) => tool))].map((tool) => {
    const folders = shown.filter((one) => one.tool === tool);
    const total = (count: (source: ToolSource) => number) =>
      folders.reduce((sum, source) => sum + count(source), 0);
    const [fresh, changed] = [total((one) => one.new), total((one) => one.changed)];
    const found = total((one) => one.found);
    const hasProblem = folders.some(({ problem }) => problem !== null);
    return {
      tool,
      label: `${hasProblem ? "$(warning) " : ""}${withoutIcons(folders[0]?.name ?? tool)}`,
      description: countsIn(found, fresh, changed, hasProblem),
      detail: folders.map(folderLine).join(" · "),
      picked: fresh + changed > 0,
    };
  });
}

function countsIn(found: number, fresh: number, changed: number, hasProblem: boolean): string {
  const { t } = vscode.l10n;
  const counts = [
    fresh > 0 ? t("{0} new", fresh) : "",
    changed > 0 ? t("{0} changed", changed) : "",
    fresh + changed === 0 && !hasProblem ? t("nothing new") : "",
  ].filter(Boolean);
  const files = found === 1 ? t("1 file") : t("{0} files", found);
  return [...(found > 0 ? [files] : []), ...counts].join(", ");
}

function folderLine({ location, lastActivity, problem }: ToolSource): string {
  const when = lastActivity ? vscode.l10n.t("last activity {0}", timeText(lastActivity)) : "";
  return withoutIcons(
    oneLine([shortPath(location), when, problem ?? ""].filter(Boolean).join(", ")),
  );
}
