/** An import in words: one line for a notification, a report to read, and lines for the log. */

import * as vscode from "vscode";
import type { Failure } from "../errors";
import type { FailedImport, ImportedSession } from "../server/protocol";
import { oneLine, tabName } from "../text";
import { SCHEME } from "./documents";
import type { ImportRun } from "./importing";
import { messagesOf, nameOf, toolName } from "./labels";

export type Status = ImportedSession["status"];

/** So many sessions are more than a line says. */
const MANY = 2;

/** What happened, on one line. */
export function summaryLine(run: ImportRun): string {
  const { t } = vscode.l10n;
  if (run.cancelled) {
    const before = countsOf(run).join(", ");
    return before === ""
      ? t("Import cancelled. What was complete before stays in the store.")
      : t("Import cancelled after {0}. What was complete before stays in the store.", before);
  }
  const [only, ...more] = run.sessions;
  if (only && more.length === 0 && run.failed.length === 0 && skippedIn(run) === 0) {
    return [sentenceOf(only, run), warningSentence(run)].filter(Boolean).join(" ");
  }
  const words = countsOf(run).join(", ") || t("nothing was found to import");
  const isBarren = run.sessions.length === 0;
  const line = isBarren
    ? t("Nothing was imported: {0}.", words)
    : t("Import finished: {0}.", words);
  return [line, warningSentence(run)].filter(Boolean).join(" ");
}

/** Whether the report has more to say than the line. */
export function hasMore(run: ImportRun): boolean {
  const { sessions, failed, warnings } = run;
  return sessions.length >= MANY || skippedIn(run) + failed.length + warnings.length > 0;
}

/** The report, session by session, as Markdown: the failures first. */
export function reportOf(run: ImportRun, problems: readonly string[] = []): string {
  return sectionsOf(vscode.l10n.t("HFS Import Report"), summaryLine(run), run, problems);
}

/** The sections of a report below this line, in the words of a preview if nothing is done yet. */
export function sectionsOf(
  title: string,
  line: string,
  run: ImportRun,
  problems: readonly string[] = [],
  isPreview = false,
): string {
  const { t } = vscode.l10n;
  const time = new Date().toLocaleString(vscode.env.language);
  const having = (status: Status) =>
    run.sessions
      .filter((one) => statusOf(one) === status)
      .map((one) => (isPreview ? "" : `${status} · `) + sessionLine(one));
  const migrated = t("from version {0} to {1}", run.originalVersion, run.schemaVersion);
  const sections = [
    section(isPreview ? t("Cannot be read") : t("Failed"), run.failed.map(failedLine)),
    section(t("Problems"), problems.map(plain)),
    section(t("Warnings"), run.warnings.map(plain)),
    section(isPreview ? t("New") : t("Created"), having("created")),
    section(isPreview ? t("Updates") : t("Updated"), having("updated")),
    section(t("Unchanged"), having("unchanged")),
    section(t("Skipped"), [
      ...run.skipped.map(({ reason, count }) => `${count} × ${plain(reason)}`),
      ...having("skipped"),
    ]),
    section(t("How the formats were recognized"), [
      ...run.evidence.map(plain),
      ...(run.migrated ? [`${t("Migrated:")} ${migrated}`] : []),
    ]),
  ];
  return [`# ${title}\n`, `${time}: ${plain(line)}\n`, ...sections].filter(Boolean).join("\n");
}

/** The same for the log, without the names of sessions. */
export function logLines(run: ImportRun, sources: readonly string[]): string[] {
  const sessions = run.sessions.map((one) => {
    const number = one.id === null ? "" : ` as session ${one.id}`;
    return `  ${statusOf(one)}${number}: ${one.sessionId ?? ""}`;
  });
  const failed = run.failed.map(
    ({ uri, line, reason }) =>
      `  failed: ${uri ?? "-"}${line === null ? "" : `, line ${line}`}: ${reason}`,
  );
  const { failure } = run;
  const counts = countsOf(run).join(", ") || (failure ? "failed" : "nothing found");
  return [
    `Import of ${sources.join(", ")}: ${run.cancelled ? "cancelled" : counts}`,
    ...sessions,
    ...(failure ? [`  failed (${failure.kind}): ${failure.message}`, ...problemsOf(failure)] : []),
    ...failed,
    ...run.skipped.map(({ reason, count }) => `  skipped: ${count} (${reason})`),
    ...(run.warnings.length > 0 ? [`  warnings: ${run.warnings.length}`] : []),
  ];
}

/** The problems of a document of which nothing was imported, if there are several. */
export function problemsOf({ data }: Failure): string[] {
  const problems: { path?: string; line?: number; reason?: string }[] = Array.isArray(data.problems)
    ? data.problems
    : [];
  if (problems.length < 2) {
    // The message itself names the only one.
    return [];
  }
  const lines = problems.map(({ path, line, reason }) => `line ${line}: ${path}: ${reason}`);
  const more = Number(data.problemCount) - problems.length;
  return more > 0 ? [...lines, vscode.l10n.t("and {0} more", more)] : lines;
}

/** A file or a session that failed, why, and a link to the place. */
function failedLine({ uri, name, reason, line }: FailedImport): string {
  const place = line === null ? "" : `#L${line}`;
  const where = uri === null ? "" : ` <${uri}${place}>`;
  return `**${literal(name)}**: ${plain(reason)}${where}`;
}

function sessionLine(session: ImportedSession): string {
  const { t } = vscode.l10n;
  const name = nameOf(session);
  const path = `/sessions/${session.id}/${tabName(session.name)}.md`;
  const link = vscode.Uri.from({ scheme: SCHEME, path });
  const parts = [
    toolName(session.tool ?? ""),
    session.id === null ? literal(name) : `[${literal(name)}](${link})`,
    messagesOf(session),
    typeof session.parentId === "number" ? t("part of session {0}", session.parentId) : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

function section(title: string, lines: readonly string[]): string {
  const list = lines.map((line) => `- ${line}\n`).join("");
  return lines.length > 0 ? `## ${title} (${lines.length})\n\n${list}` : "";
}

function sentenceOf(session: ImportedSession, run: ImportRun): string {
  const { t } = vscode.l10n;
  const [name, messages] = [nameOf(session), messagesOf(session)];
  switch (statusOf(session)) {
    case "updated":
      return t("Updated “{0}” ({1}).", name, messages);
    case "unchanged":
      return t("“{0}” ({1}) is in the store already, and has not changed.", name, messages);
    default:
      return run.migrated
        ? t(
            "Imported “{0}” ({1}), migrated from version {2} to {3}.",
            name,
            messages,
            run.originalVersion,
            run.schemaVersion,
          )
        : t("Imported “{0}” ({1}).", name, messages);
  }
}

function countsOf(run: ImportRun): string[] {
  const { t } = vscode.l10n;
  const having = (status: Status) => run.sessions.filter((one) => statusOf(one) === status).length;
  const counts: [number, (count: number) => string][] = [
    [having("created"), (count) => t("{0} created", count)],
    [having("updated"), (count) => t("{0} updated", count)],
    [having("unchanged"), (count) => t("{0} unchanged", count)],
    [skippedIn(run), (count) => t("{0} skipped", count)],
    [run.failed.length, (count) => t("{0} failed", count)],
  ];
  return counts.filter(([count]) => count > 0).map(([count, words]) => words(count));
}

export function skippedIn({ skipped }: ImportRun): number {
  return skipped.reduce((sum, { count }) => sum + count, 0);
}

/** A server of the first version makes a new session of everything. */
export function statusOf(session: ImportedSession): Status {
  return session.status ?? "created";
}

function warningSentence({ warnings }: ImportRun): string {
  const { t } = vscode.l10n;
  const count = warnings.length;
  return count === 0 ? "" : count === 1 ? t("1 warning.") : t("{0} warnings.", count);
}

/** Text as Markdown that shows it as it is, on one line. */
function plain(text: string): string {
  return oneLine(text).replace(/[\\`*<&]|\](?=\()|^[#>+-]/g, "\\$&");
}

/** The same within a link. */
function literal(text: string): string {
  return oneLine(text).replace(/[\\`*_~<&[\]]|^[#>+-]/g, "\\$&");
}
