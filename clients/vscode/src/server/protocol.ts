/** The wire: every method's name, params and result, as hfs_server/lsp/protocol.py has them. */

export const LIST_SESSIONS = "hfs/listSessions";
export const EXPORT = "hfs/export";
export const IMPORT = "hfs/import";
export const LIST_SOURCES = "hfs/listSources";
export const TEXT_DOCUMENT_CONTENT = "workspace/textDocumentContent";
export const DID_CHANGE_SESSIONS = "hfs/didChangeSessions";

/** The formats of exports, with the suffixes of their files. */
export const FORMATS = { markdown: ".md", html: ".html", json: ".json" } as const;
export type Format = keyof typeof FORMATS;

export interface ListSessionsParams {
  limit?: number;
  cursor?: string | null;
  query?: string | null;
  parentId?: number | null;
}

export interface SessionSummary {
  id: number;
  name: string;
  createdAt: string;
  updatedAt: string | null;
  messageCount: number;
  checkpointCount: number;
  preview: string | null;
  tool: string;
  workingDirectory: string | null;
  models: string[];
  totalTokens: number | null;
  parentId: number | null;
  childCount: number;
  tags: string[];
  deletedAt: string | null;
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

/** What becomes of a session that the store already has. */
export type OnConflict = "update" | "skip" | "copy";

/** With exactly one of `uri`, `uris`, `content` and `tools`. */
export interface ImportParams {
  workDoneToken?: number | string | null;
  uri?: string | null;
  uris?: string[] | null;
  content?: string | null;
  tools?: string[] | null;
  name?: string | null;
  format?: string | null;
  onConflict?: OnConflict;
  dryRun?: boolean;
}

export interface ImportedSession {
  /** Null after a dry run, and for a skipped session that the store does not have. */
  id: number | null;
  name: string;
  messageCount: number;
  checkpointCount: number;
  status: "created" | "updated" | "unchanged" | "skipped";
  tool: string;
  /** Its identity, which is the same on every machine. */
  sessionId: string;
  parentId: number | null;
}

export interface FailedImport {
  uri: string | null;
  name: string;
  reason: string;
  line: number | null;
}

export interface SkippedImports {
  reason: string;
  count: number;
}

export interface ImportResult {
  sessions: ImportedSession[];
  migrated: boolean;
  originalVersion: string;
  schemaVersion: string;
  warnings: string[];
  failed: FailedImport[];
  skipped: SkippedImports[];
  evidence: string[];
}

export interface ListSourcesParams {
  workDoneToken?: number | string | null;
  tools?: string[] | null;
}

export interface ToolSource {
  tool: string;
  name: string;
  location: string;
  found: number;
  new: number;
  changed: number;
  bytes: number;
  lastActivity: string | null;
  problem: string | null;
}

export interface ListSourcesResult {
  sources: ToolSource[];
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
  [LIST_SOURCES]: [ListSourcesParams, ListSourcesResult];
  [TEXT_DOCUMENT_CONTENT]: [TextDocumentContentParams, TextDocumentContentResult];
}
