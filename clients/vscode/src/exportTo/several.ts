/** Several sessions to one folder, one after the other, and what became of them. */

import { dirname } from "node:path";
import * as vscode from "vscode";
import { type Failure, failureFrom } from "../errors";
import { escaped, section } from "../exportAll/report";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import { EXPORT, type ExportResult, type Format, type SessionSummary } from "../server/protocol";
import { nameOf, shortPath } from "../sessions/labels";

export interface SeveralExports {
  written: ExportResult[];
  failed: { session: SessionSummary; failure: Failure }[];
  /** How many were to be written. */
  count: number;
  cancelled: boolean;
}

/** With progress that can be cancelled; what was written before stays. Raises Failure if all failed. */
export async function exportSeveral(
  server: Server,
  sessions: readonly SessionSummary[],
  format: Format,
  folder: vscode.Uri | undefined,
): Promise<SeveralExports> {
  const done: SeveralExports = {
    written: [],
    failed: [],
    count: sessions.length,
    cancelled: false,
  };
  const destination = folder === undefined ? {} : { destination: folder.toString() };
  const title = vscode.l10n.t("Exporting {0} sessions", sessions.length);
  await withPercentage(title, async (token, onPercent) => {
    for (const [n, session] of sessions.entries()) {
      const onShare = (percent: number) => onPercent((100 * n + percent) / sessions.length);
      const params = { sessionId: session.id, format, ...destination };
      try {
        done.written.push(await server.request(EXPORT, params, { token, onPercent: onShare }));
      } catch (error) {
        const failure = failureFrom(error);
        done.cancelled = failure.kind === "cancelled";
        if (done.cancelled) {
          return;
        }
        done.failed.push({ session, failure });
        if (isOfAll(failure)) {
          return;
        }
      }
      onShare(100);
    }
  });
  const [first] = done.failed;
  if (first && done.written.length === 0) {
    throw first.failure;
  }
  return done;
}

/** Whether the other sessions would only fail in the same way. */
function isOfAll({ kind }: Failure): boolean {
  return /^(server|store)/.test(kind) || kind === "destinationNotWritable";
}

/** The folder that was written to. */
export function folderOf({ written }: SeveralExports): vscode.Uri | undefined {
  const [first] = written;
  return first && vscode.Uri.file(dirname(vscode.Uri.parse(first.uri, true).fsPath));
}

/** What happened, on one line. */
export function lineOf(done: SeveralExports): string {
  const { t } = vscode.l10n;
  const { written, failed, count, cancelled } = done;
  const place = shortPath(folderOf(done)?.fsPath ?? "");
  if (written.length === count) {
    return t("Exported {0} sessions to {1}.", count, place);
  }
  const parts = [
    failed.length > 0 ? t("{0} failed", failed.length) : "",
    cancelled ? t("cancelled") : "",
  ];
  const why = parts.filter(Boolean).join(", ");
  return written.length === 0
    ? t("No session was exported: {0}.", why)
    : t("Exported {0} of {1} sessions to {2}: {3}.", written.length, count, place, why);
}

/** What was written, and what failed and why, as Markdown. */
export function reportOf(done: SeveralExports): string {
  const { t } = vscode.l10n;
  const written = done.written.map(({ uri }) => {
    const name = vscode.Uri.parse(uri, true).path.split("/").at(-1) ?? "";
    return `- [${escaped(name)}](<${uri}>)`;
  });
  const failed = done.failed.map(({ session, failure }) => {
    const link = `[${escaped(nameOf(session))}](hfs:/sessions/${session.id}.md)`;
    return `- ${link}: ${escaped(failure.message)}`;
  });
  return [
    `# ${t("HFS Export Report")}`,
    escaped(lineOf(done)),
    ...section(t("Failed"), failed),
    ...section(t("Written"), written),
  ].join("\n\n");
}
