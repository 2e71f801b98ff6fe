/** The wire: every method's name, params and result, as hfs_server/lsp/protocol.py has them. */

export const LIST_SESSIONS = "hfs/listSessions";
export const EXPORT = "hfs/export";
export const IMPORT = "hfs/import";
export const TEXT_DOCUMENT_CONTENT = "workspace/textDocumentContent";
export const DID_CHANGE_SESSIONS = "hfs/didChangeSessions";

/** The formats of exports, with the suffixes of their files. */
export const FORMATS = { markdown: ".md", json: ".json" } as const;
export type Format = keyof typeof FORMATS;

export interface ListSessionsParams {
  limit?: number;
  cursor?: string | null;
  query?: string | null;
}

export interface SessionSummary {
  id: number;
  name: string;
  createdAt: string;
  updatedAt: string | null;
  messageCount: number;
  checkpointCount: number;
  preview: string | null;
}

export interface ListSessionsResult {
  sessions: SessionSummary[];
  nextCursor: string | null;
}

export interface ExportParams {
  workDoneToken?: number | string | null;
  sessionId: number;
  format: Format;
  destination?: string | null;
  overwrite?: boolean;
  thinking?: boolean;
  toolCalls?: "full" | "brief" | "none";
}

export interface ExportResult {
  sessionId: number;
  format: Format;
  uri: string;
  bytes: number;
  messageCount: number;
  checkpointCount: number;
  schemaVersion: string;
}

export interface ImportParams {
  workDoneToken?: number | string | null;
  uri?: string | null;
  content?: string | null;
  name?: string | null;
}

export interface ImportedSession {
  id: number;
  name: string;
  messageCount: number;
  checkpointCount: number;
}

export interface ImportResult {
  sessions: ImportedSession[];
  migrated: boolean;
  originalVersion: string;
  schemaVersion: string;
  warnings: string[];
}

export interface TextDocumentContentParams {
  workDoneToken?: number | string | null;
  partialResultToken?: number | string | null;
  uri: string;
}

export interface TextDocumentContentResult {
  text: string;
}

/** What each request takes and gives. */
export interface Methods {
  [LIST_SESSIONS]: [ListSessionsParams, ListSessionsResult];
  [EXPORT]: [ExportParams, ExportResult];
  [IMPORT]: [ImportParams, ImportResult];
  [TEXT_DOCUMENT_CONTENT]: [TextDocumentContentParams, TextDocumentContentResult];
}
