/** An export of all sessions in words: one line for a notification, and a report to read. */

import * as vscode from "vscode";
import type { ExportAllResult } from "../server/protocol";
import { oneLine } from "../text";

/** What happened, on one line. */
export function summaryLine(result: ExportAllResult, place: string): string {
  const { t } = vscode.l10n;
  const { written, unchanged, removed, failed, warnings } = result;
  const counts = [
    t("{0} written", written),
    t("{0} unchanged", unchanged),
    removed > 0 ? t("{0} removed", removed) : "",
    failed.length > 0 ? t("{0} failed", failed.length) : "",
    warnings.length === 1 ? t("1 warning") : "",
    warnings.length > 1 ? t("{0} warnings", warnings.length) : "",
  ];
  return t("Exported all sessions to {0}: {1}.", place, counts.filter(Boolean).join(", "));
}

/** Whether the report has more to say than the line. */
export function hasMore({ failed, warnings }: ExportAllResult): boolean {
  return failed.length + warnings.length > 0;
}

/** The failures and the warnings, as Markdown. */
export function reportOf(result: ExportAllResult, place: string): string {
  const { t } = vscode.l10n;
  const failed = result.failed.map(({ sessionId, name, reason }) => {
    const link = `[${t("session {0}", sessionId)}](hfs:/sessions/${sessionId}.md)`;
    return `- ${link}, ${escaped(name)}: ${escaped(reason)}`;
  });
  const warnings = result.warnings.map((warning) => `- ${escaped(warning)}`);
  return [
    `# ${t("HFS Export Report")}`,
    escaped(summaryLine(result, place)),
    ...section(t("Failed"), failed),
    ...section(t("Warnings"), warnings),
  ].join("\n\n");
}

export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join("\n")];
}

/** Text in Markdown that shows it literally. */
export function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>()#+!|~&$-]/g, "\\$&");
}
