/** Files into the store, one after the other, and the truth about each. */

import * as vscode from "vscode";
import type { Server } from "./client";
import { type Failure, failureFrom } from "./errors";
import { withPercentage } from "./progress";
import { IMPORT, type ImportedSession, type ImportParams, type ImportResult } from "./protocol";
import { messagesOf, nameOf } from "./sessionWords";

export interface ImportSummary {
  imported: (ImportResult & { uri: string })[];
  refused: { uri: string; kind: string; message: string }[];
  cancelled: boolean;
  /** How many files were left out, after a cancellation or without a server. */
  untried: number;
}

/** Imports the files; a refused one does not keep the others out. */
export async function importFiles(
  server: Server,
  uris: readonly vscode.Uri[],
  name?: string,
): Promise<{ summary: ImportSummary; failures: Failure[] }> {
  const summary: ImportSummary = { imported: [], refused: [], cancelled: false, untried: 0 };
  const failures: Failure[] = [];
  const title =
    uris.length === 1
      ? vscode.l10n.t("Importing session")
      : vscode.l10n.t("Importing {0} files", uris.length);
  await withPercentage(title, async (token, onPercent) => {
    for (const [index, uri] of uris.entries()) {
      const onFile = (percent: number) => onPercent((index * 100 + percent) / uris.length);
      try {
        const params = { ...(await sourceOf(uri)), ...(name !== undefined && { name }) };
        const result = await server.request(IMPORT, params, { token, onPercent: onFile });
        summary.imported.push({ uri: uri.toString(), ...result });
      } catch (error) {
        const failure = failureFrom(error);
        if (failure.kind === "cancelled") {
          summary.cancelled = true;
          summary.untried = uris.length - index;
          return;
        }
        failures.push(failure);
        summary.refused.push({
          uri: uri.toString(),
          kind: failure.kind,
          message: failure.message,
        });
        if (failure.kind.startsWith("server")) {
          // Without a server the other files would only say the same.
          summary.untried = uris.length - index - 1;
          return;
        }
      }
      onFile(100);
    }
  });
  return { summary, failures };
}

/** A file of this machine is read by the server; what only VS Code can read goes as text. */
async function sourceOf(uri: vscode.Uri): Promise<ImportParams> {
  if (uri.scheme === "file") {
    return { uri: uri.toString() };
  }
  const bytes = await vscode.workspace.fs.readFile(uri);
  return { content: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
}

/** The sessions that came in. */
export function importedSessions(summary: ImportSummary): ImportedSession[] {
  return summary.imported.flatMap((result) => result.sessions);
}

/** What happened, in sentences: how many came in, from which versions, and what was refused. */
export function sentencesOf(summary: ImportSummary): string[] {
  const { t } = vscode.l10n;
  const sentences: string[] = [];
  const [only] = summary.imported;
  if (only && summary.imported.length === 1) {
    sentences.push(one(only));
  } else if (summary.imported.length > 1) {
    const migrated = summary.imported.filter((result) => result.migrated);
    const versions = [...new Set(migrated.map((result) => result.originalVersion))].join(", ");
    sentences.push(
      migrated.length === 0
        ? t("Imported {0} sessions.", importedSessions(summary).length)
        : t(
            "Imported {0} sessions, {1} of them migrated from version {2}.",
            importedSessions(summary).length,
            migrated.length,
            versions,
          ),
    );
  }
  for (const warning of summary.imported.flatMap((result) => result.warnings).slice(0, 2)) {
    sentences.push(warning);
  }
  const told = summary.refused.slice(0, 3);
  for (const { uri, message } of told) {
    sentences.push(t("{0} was refused: {1}", fileName(uri), message));
  }
  if (summary.refused.length > told.length) {
    sentences.push(t("{0} more were refused.", summary.refused.length - told.length));
  }
  if (summary.cancelled) {
    sentences.push(t("The import was cancelled; files left out: {0}.", summary.untried));
  } else if (summary.untried > 0) {
    sentences.push(t("Files left out: {0}.", summary.untried));
  }
  return sentences;
}

function one(result: ImportResult): string {
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

function fileName(uri: string): string {
  return vscode.Uri.parse(uri).path.split("/").at(-1) ?? uri;
}
