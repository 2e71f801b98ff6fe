/** What an import would do, before it does it. */

import * as vscode from "vscode";
import { shortened } from "../text";
import type { ImportRun } from "./importing";
import { type Status, sectionsOf, skippedIn, statusOf } from "./importReport";

/** The server's reason for files that it did not open. */
const UNCHANGED = "not changed since the last import";

const LONGEST_SUBJECT = 80;

/** What a person decides; undefined to leave it. */
export type Decision = "import" | "details" | undefined;

interface Row extends vscode.QuickPickItem {
  decision: Decision;
}

/** Shows what would be imported of the subject, such as tools, and asks whether to do so. */
export async function decide(run: ImportRun, subject: string): Promise<Decision> {
  const { t } = vscode.l10n;
  const pick = vscode.window.createQuickPick<Row>();
  pick.title = previewLine(run);
  pick.placeholder = t("Import from {0}?", shortened(subject, LONGEST_SUBJECT));
  pick.ignoreFocusOut = true;
  pick.items = [
    {
      decision: "import",
      label: `$(check) ${t("Import")}`,
      description: sessionsIn(run),
    },
    {
      decision: "details",
      label: `$(list-unordered) ${t("Show Details")}`,
      description: t("each session, and why one is skipped or cannot be read"),
    },
    { decision: undefined, label: `$(close) ${t("Cancel")}` },
  ];
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.activeItems[0]?.decision);
      pick.dispose();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** What an import would do, session by session, as Markdown. */
export function previewOf(run: ImportRun): string {
  const { t } = vscode.l10n;
  const line = t("Nothing has been imported yet. An import finds: {0}.", previewLine(run));
  return sectionsOf(t("HFS Import Preview"), line, run, [], true);
}

/** What an import would do, on one line; `run` is a dry one. */
export function previewLine(run: ImportRun): string {
  const { t } = vscode.l10n;
  const { created, updated, unchanged, skipped, failed } = totalsOf(run);
  const words = [
    created > 0 ? t("{0} new", created) : "",
    updated === 1 ? t("1 update") : updated > 0 ? t("{0} updates", updated) : "",
    unchanged > 0 ? t("{0} unchanged", unchanged) : "",
    skipped > 0 ? t("{0} skipped", skipped) : "",
    failed > 0 ? t("{0} cannot be read", failed) : "",
  ];
  return words.filter(Boolean).join(", ") || t("nothing was found to import");
}

/** The sessions that an import would write, in words. */
export function sessionsIn(run: ImportRun): string {
  const count = changesIn(run);
  return count === 1 ? vscode.l10n.t("1 session") : vscode.l10n.t("{0} sessions", count);
}

/** How many sessions of a dry run an import would write. */
export function changesIn(run: ImportRun): number {
  const { created, updated } = totalsOf(run);
  return created + updated;
}

/** Files that were not opened since they are as they were count as unchanged sessions. */
function totalsOf(run: ImportRun) {
  const having = (status: Status) => run.sessions.filter((one) => statusOf(one) === status).length;
  const same = run.skipped.filter(({ reason }) => reason === UNCHANGED);
  const count = same.reduce((sum, one) => sum + one.count, 0);
  return {
    created: having("created"),
    updated: having("updated"),
    unchanged: having("unchanged") + count,
    skipped: skippedIn(run) - count,
    failed: run.failed.length,
  };
}
