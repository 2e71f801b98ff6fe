/** An import in words: one line for a notification, a report to read, and lines for the log. */

import * as vscode from "vscode";
import type { Failure } from "../errors";
import type { ImportResult } from "../server/protocol";
import { oneLine } from "../text";
import { fileName, type ImportRun, importedSessions, isLeftOut, type Outcome } from "./importing";
import { messagesOf, nameOf } from "./labels";

/** Says how a failure is helped, in a sentence; undefined where nothing in particular helps. */
export type Advice = (failure: Failure) => string | undefined;

interface Problem {
  path?: string;
  line?: number;
  reason?: string;
}

/** What happened, on one line. */
export function summaryLine(run: ImportRun): string {
  const { t } = vscode.l10n;
  const [first] = run.outcomes;
  if (first?.result && run.outcomes.length === 1) {
    return [importedSentence(first.result), warningSentence([first.result])]
      .filter(Boolean)
      .join(" ");
  }
  const sessions = importedSessions(run).length;
  const failed = run.outcomes.filter(({ failure }) => failure).length;
  const left = run.outcomes.filter(isLeftOut).length;
  const parts = [
    sessions === 1 ? t("1 session imported") : t("{0} sessions imported", sessions),
    counted(failed, t("1 file failed"), t("{0} files failed", failed)),
    counted(left, t("1 file left out"), t("{0} files left out", left)),
  ];
  const line = `${parts.filter(Boolean).join(", ")}.`;
  return run.cancelled ? t("Import cancelled: {0}", line) : line;
}

/** The report, file by file, as Markdown: the failures first. */
export function reportOf(run: ImportRun, advice: Advice): string {
  const { t } = vscode.l10n;
  const { outcomes } = run;
  const time = new Date().toLocaleString(vscode.env.language);
  const sections = [
    section(
      t("Failed"),
      outcomes.filter(({ failure }) => failure),
      (one) => failureLines(one, advice),
    ),
    section(t("Left out"), outcomes.filter(isLeftOut), () => [leftOutLine(run)]),
    section(
      t("Imported"),
      outcomes.filter(({ result }) => result),
      ({ result }) => (result ? importedLines(result) : []),
    ),
  ];
  return [`# ${t("HFS Import Report")}\n`, `${time}: ${plain(summaryLine(run))}\n`, ...sections]
    .filter(Boolean)
    .join("\n");
}

/** The same for the log, without the names of sessions. */
export function logLines(run: ImportRun): string[] {
  const files = run.outcomes.flatMap((one) => {
    const { uri, result, failure } = one;
    const problems = failure ? problemsOf(failure).map((line) => `  ${line}`) : [];
    return [`${uri.toString(true)}: ${logged(result, failure)}`, ...problems];
  });
  return [`Import, files: ${run.outcomes.length}`, ...files];
}

function logged(result: ImportResult | undefined, failure: Failure | undefined): string {
  if (failure) {
    return `failed (${failure.kind}): ${failure.message}`;
  }
  if (!result) {
    return "left out";
  }
  const ids = result.sessions.map(({ id }) => id).join(", ");
  const migrated = result.migrated ? `, migrated from version ${result.originalVersion}` : "";
  return [`imported as session ${ids}${migrated}`, ...result.warnings].join("; ");
}

function importedSentence(result: ImportResult): string {
  const [session] = result.sessions;
  const name = session ? nameOf(session) : "";
  const messages = session ? messagesOf(session) : "";
  return result.migrated
    ? vscode.l10n.t(
        "Imported “{0}” ({1}), migrated from version {2} to {3}.",
        name,
        messages,
        result.originalVersion,
        result.schemaVersion,
      )
    : vscode.l10n.t("Imported “{0}” ({1}).", name, messages);
}

function warningSentence(results: readonly ImportResult[]): string {
  const count = results.flatMap((result) => result.warnings).length;
  return counted(count, vscode.l10n.t("1 warning."), vscode.l10n.t("{0} warnings.", count));
}

function section(
  title: string,
  outcomes: readonly Outcome[],
  lines: (outcome: Outcome) => string[],
): string {
  const files = outcomes.map(
    (one) =>
      `### ${plain(fileName(one.uri))}\n\n${[...lines(one), fileLine(one)].map((line) => `- ${line}\n`).join("")}`,
  );
  return files.length > 0 ? `## ${title}\n\n${files.join("\n")}` : "";
}

function failureLines({ failure }: Outcome, advice: Advice): string[] {
  if (!failure) {
    return [];
  }
  const { t } = vscode.l10n;
  const help = advice(failure) ?? adviceFor(failure);
  return [
    `${t("Why:")} ${plain(failure.message)}`,
    ...problemsOf(failure).map((line) => `${t("Problem:")} ${plain(line)}`),
    `${t("What to do:")} ${plain(help)}`,
  ];
}

function importedLines(result: ImportResult): string[] {
  const { t } = vscode.l10n;
  const session = result.sessions.map((one) =>
    t("{0} ({1}, id {2})", plain(nameOf(one)), messagesOf(one), one.id),
  );
  const versions = [result.originalVersion, result.schemaVersion] as const;
  return [
    ...session.map((line) => `${t("Session:")} ${line}`),
    ...(result.migrated ? [`${t("Migrated:")} ${t("from version {0} to {1}", ...versions)}`] : []),
    ...result.warnings.map((warning) => `${t("Warning:")} ${plain(warning)}`),
  ];
}

function leftOutLine(run: ImportRun): string {
  const { t } = vscode.l10n;
  const why = run.cancelled
    ? t("The import was cancelled before this file was in the store.")
    : t("There was no server for it any more.");
  return `${t("Why:")} ${why} ${t("Import it again.")}`;
}

/** The file as a link that opens it, at the line where it is known what is wrong. */
function fileLine({ uri, failure }: Outcome): string {
  const line = failure?.data.line;
  const place = typeof line === "number" ? `#L${line}` : "";
  return `${vscode.l10n.t("File:")} <${uri.toString()}${place}>`;
}

function problemsOf({ data }: Failure): string[] {
  const problems: Problem[] = Array.isArray(data.problems) ? data.problems : [];
  if (problems.length < 2) {
    // The message itself names the only one.
    return [];
  }
  const lines = problems.map(({ path, line, reason }) => `line ${line}: ${path}: ${reason}`);
  const more = Number(data.problemCount) - problems.length;
  return more > 0 ? [...lines, vscode.l10n.t("and {0} more", more)] : lines;
}

/** What helps where the extension itself has nothing better to say. */
function adviceFor(failure: Failure): string {
  const { t } = vscode.l10n;
  switch (failure.kind) {
    case "invalidDocument":
      return failure.data.line === undefined
        ? t("Export the session with “HFS: Export Session as JSON…”, and import that file.")
        : t("Open the file at this place and correct it, or export the session again as JSON.");
    case "sourceNotReadable":
      return t("See that the file exists and that you may read it, and import it again.");
    case "storeBusy":
      return t("Close the program that writes to the store, and import the file again.");
    case "storeUnusable":
      return t("See whether the setting “hfs.databasePath” names the right store.");
    default:
      return t("Import it again. “HFS: Show Log” has more.");
  }
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? "" : count === 1 ? one : many;
}

/** Text as Markdown that shows it as it is, on one line. */
function plain(text: string): string {
  return oneLine(text).replace(/[\\`*<&]|\](?=\()|^[#>+-]/g, "\\$&");
}
