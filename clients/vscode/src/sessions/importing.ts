/** Files into the store, one after the other, and the truth about each. */

import * as vscode from "vscode";
import { type Failure, failureFrom, remediesFor } from "../errors";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import {
  IMPORT,
  type ImportedSession,
  type ImportParams,
  type ImportResult,
} from "../server/protocol";
import { LONGEST_TITLE, shortened } from "../text";

/** What the command gives to its caller. */
export interface ImportSummary {
  imported: (ImportResult & { uri: string })[];
  refused: { uri: string; kind: string; message: string }[];
  cancelled: boolean;
  /** How many files were left out, after a cancellation or without a server. */
  untried: number;
}

/** What became of one file; without a result or a failure it was left out. */
export interface Outcome {
  uri: vscode.Uri;
  result?: ImportResult;
  failure?: Failure;
}

export interface ImportRun {
  outcomes: Outcome[];
  cancelled: boolean;
}

/** Imports the files; a refused one does not keep the others out. */
export async function importFiles(
  server: Server,
  uris: readonly vscode.Uri[],
  name?: string,
): Promise<ImportRun> {
  const run: ImportRun = { outcomes: uris.map((uri) => ({ uri })), cancelled: false };
  const [first] = uris;
  const title =
    first && uris.length === 1
      ? vscode.l10n.t("Importing {0}", fileName(first))
      : vscode.l10n.t("Importing {0} files", uris.length);
  await withPercentage(title, async (token, onPercent) => {
    for (const [index, outcome] of run.outcomes.entries()) {
      const at = vscode.l10n.t("{0} of {1}, {2}", index + 1, uris.length, fileName(outcome.uri));
      const onFile = (percent: number) =>
        onPercent((index * 100 + percent) / uris.length, uris.length > 1 ? at : undefined);
      onFile(0);
      try {
        const params = { ...(await sourceOf(outcome.uri)), ...(name !== undefined && { name }) };
        outcome.result = await server.request(IMPORT, params, { token, onPercent: onFile });
      } catch (error) {
        const failure = failureFrom(error);
        if (failure.kind === "cancelled") {
          run.cancelled = true;
          return;
        }
        outcome.failure = failure;
        if (failure.kind.startsWith("server")) {
          // Without a server the other files would only say the same.
          return;
        }
      }
      onFile(100);
    }
  });
  return run;
}

/** A file of this machine is read by the server; what only VS Code can read goes as text. */
async function sourceOf(uri: vscode.Uri): Promise<ImportParams> {
  if (uri.scheme === "file") {
    return { uri: uri.toString() };
  }
  const bytes = await vscode.workspace.fs.readFile(uri);
  return { content: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
}

export function summaryOf({ outcomes, cancelled }: ImportRun): ImportSummary {
  return {
    imported: outcomes.flatMap(({ uri, result }) =>
      result ? [{ uri: uri.toString(), ...result }] : [],
    ),
    refused: outcomes.flatMap(({ uri, failure }) =>
      failure ? [{ uri: uri.toString(), kind: failure.kind, message: failure.message }] : [],
    ),
    cancelled,
    untried: outcomes.filter(isLeftOut).length,
  };
}

export function isLeftOut({ result, failure }: Outcome): boolean {
  return !result && !failure;
}

/** The files for which a second try may go better. */
export function retriable({ outcomes, cancelled }: ImportRun): vscode.Uri[] {
  const again = ({ failure }: Outcome) => failure && remediesFor(failure).includes("retry");
  return outcomes.some(again)
    ? outcomes.filter((one) => again(one) || (isLeftOut(one) && !cancelled)).map(({ uri }) => uri)
    : [];
}

/** The sessions that were imported. */
export function importedSessions({ outcomes }: ImportRun): ImportedSession[] {
  return outcomes.flatMap(({ result }) => result?.sessions ?? []);
}

/** The file's name for a notification. */
export function fileName(uri: vscode.Uri): string {
  return shortened(uri.path.split("/").at(-1) || uri.toString(), LONGEST_TITLE);
}
