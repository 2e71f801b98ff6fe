/** What was chosen into the store, and the truth about each session of it. */

import * as vscode from "vscode";
import { Failure, failureFrom } from "../errors";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import {
  type FailedImport,
  IMPORT,
  type ImportedSession,
  type ImportParams,
  type ImportResult,
} from "../server/protocol";
import { LONGEST_TITLE, shortened } from "../text";
import { toolName } from "./labels";

/** What a caller can say beside what is imported. */
export type ImportOptions = Pick<ImportParams, "name" | "format" | "onConflict" | "dryRun">;

/** What the commands give to their caller. */
export interface ImportSummary extends ImportResult {
  /** What was complete before a cancellation is in the store, but not named here. */
  cancelled: boolean;
}

export interface ImportRun extends ImportSummary {
  /** Why nothing was imported, or why the work ended early. */
  failure?: Failure;
}

/** One request of a run, and what it is about. */
interface Request {
  params: () => Promise<ImportParams>;
  uri?: vscode.Uri;
  name?: string;
}

export const NOTHING: ImportResult = {
  sessions: [],
  migrated: false,
  originalVersion: "",
  schemaVersion: "",
  warnings: [],
  failed: [],
  skipped: [],
  evidence: [],
};

/** Imports files, folders and archives: all that the server can read in one request. */
export async function importFiles(
  server: Server,
  uris: readonly vscode.Uri[],
  options: ImportOptions = {},
): Promise<ImportRun> {
  const [first] = uris;
  const { t } = vscode.l10n;
  const names =
    first && uris.length === 1 ? fileName(first) : t("{0} files and folders", uris.length);
  const title = options.dryRun ? t("Reading {0}", names) : t("Importing {0}", names);
  const files = uris.filter(({ scheme }) => scheme === "file").map((uri) => uri.toString());
  const others = uris.filter(({ scheme }) => scheme !== "file");
  const [only] = files;
  // A server of the first version knows no list.
  const together = files.length > 1 ? { uris: files } : { uri: only ?? null };
  const requests: Request[] = [
    ...(only === undefined ? [] : [{ params: async () => together }]),
    ...others.map((uri) => ({ uri, params: () => contentOf(uri) })),
  ];
  return imported(server, title, requests, options);
}

/** Imports the sessions of tools on this machine, tool by tool: what is done stays known. */
export function importTools(
  server: Server,
  tools: readonly string[],
  options: ImportOptions = {},
): Promise<ImportRun> {
  const { t } = vscode.l10n;
  const names = shortened(tools.map(toolName).join(", "), LONGEST_TITLE);
  const title = options.dryRun ? t("Reading sessions of {0}", names) : t("Importing {0}", names);
  const requests = tools.map((tool) => ({
    name: toolName(tool),
    params: async () => ({ tools: [tool] }),
  }));
  return imported(server, title, requests, options);
}

/** The run as a caller gets it. Raises the failure of one that brought nothing. */
export function summaryOf({ failure, ...summary }: ImportRun): ImportSummary {
  if (failure && summary.sessions.length === 0) {
    throw failure;
  }
  return summary;
}

async function imported(
  server: Server,
  title: string,
  requests: readonly Request[],
  options: ImportOptions,
): Promise<ImportRun> {
  const run: ImportRun = { ...NOTHING, cancelled: false };
  await withPercentage(title, async (token, onPercent) => {
    for (const [index, request] of requests.entries()) {
      const onShare = (percent: number, message?: string) =>
        onPercent((index * 100 + percent) / requests.length, doing(request, run, message));
      try {
        const params = { ...(await request.params()), ...options };
        add(run, await server.request(IMPORT, params, { token, onPercent: onShare }));
      } catch (error) {
        const failure = failureFrom(error);
        run.cancelled = failure.kind === "cancelled";
        if (run.cancelled || isOfAll(failure)) {
          // The other requests would only say the same.
          run.failure = failure;
          const isAfterOthers = !run.cancelled && run.sessions.length > 0;
          run.failed = [...run.failed, ...(isAfterOthers ? failedIn(failure, request) : [])];
          return;
        }
        run.failure ??= failure;
        run.failed = [...run.failed, ...failedIn(failure, request)];
      }
    }
    if (run.sessions.length > 0 || run.skipped.length > 0) {
      delete run.failure;
    }
  });
  if (run.cancelled) {
    delete run.failure;
  }
  return run;
}

/** Adds what a request brought; a server of the first version says less. */
function add(run: ImportRun, answer: Partial<ImportResult>): void {
  const result = { ...NOTHING, ...answer };
  const isFirst = run.schemaVersion === "";
  Object.assign(run, {
    ...(isFirst && result),
    sessions: [...run.sessions, ...result.sessions],
    warnings: [...run.warnings, ...result.warnings],
    failed: [...run.failed, ...result.failed],
    skipped: [...run.skipped, ...result.skipped],
    evidence: [...new Set([...run.evidence, ...result.evidence])],
  });
}

/** Whether the failure has nothing to do with what is imported. */
function isOfAll({ kind }: Failure): boolean {
  return kind.startsWith("server") || kind.startsWith("store");
}

/** The run of one request that brought nothing; `uri` is the file that it was about. */
export function failedRun(failure: Failure, uri: vscode.Uri | undefined): ImportRun {
  return {
    ...NOTHING,
    failed: failedIn(failure, { ...(uri && { uri }) }),
    cancelled: false,
    failure,
  };
}

function failedIn(
  { message, data }: Failure,
  { uri, name }: Pick<Request, "uri" | "name">,
): FailedImport[] {
  if (Array.isArray(data.failed)) {
    return data.failed;
  }
  const line = typeof data.line === "number" ? data.line : null;
  const subject = uri ? fileName(uri) : name;
  return subject === undefined
    ? []
    : [{ uri: uri?.toString() ?? null, name: subject, reason: message, line }];
}

/** What a request is doing, and how many sessions those before it brought. */
function doing({ name }: Request, run: ImportRun, message = ""): string {
  const count = run.sessions.length;
  const before = count > 0 ? vscode.l10n.t("{0} sessions so far", count) : "";
  return [name ? `${name}: ${message}` : message, before].filter(Boolean).join(" – ");
}

/** What only VS Code can read goes to the server as text. Raises Failure. */
async function contentOf(uri: vscode.Uri): Promise<ImportParams> {
  const bytes = await vscode.workspace.fs.readFile(uri);
  try {
    return { content: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const sentence = vscode.l10n.t(
      "{0} is not text, and lies where hfs-server cannot read it. Save a copy on this machine, and import that.",
      fileName(uri),
    );
    throw new Failure("sourceNotReadable", sentence);
  }
}

/** The sessions that can be opened: the new ones, or else those that were there already. */
export function openable({ sessions }: ImportResult): (ImportedSession & { id: number })[] {
  const kept = sessions.flatMap((one) =>
    one.id === null || one.status === "skipped" ? [] : [{ ...one, id: one.id }],
  );
  const fresh = kept.filter(({ status }) => status !== "unchanged");
  return fresh.length > 0 ? fresh : kept;
}

/** The file's name for a notification. */
export function fileName(uri: vscode.Uri): string {
  const path = uri.path.replace(/\/+$/, "");
  return shortened(path.split("/").at(-1) || uri.toString(), LONGEST_TITLE);
}
