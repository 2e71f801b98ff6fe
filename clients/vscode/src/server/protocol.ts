/** The wire: every method's name, params and result, as hfs_server/lsp/protocol.py has them. */

export const LIST_SESSIONS = "hfs/listSessions";
export const EXPORT = "hfs/export";
export const FIND_SECRETS = "hfs/findSecrets";
export const EXPORT_ALL = "hfs/exportAll";
export const IMPORT = "hfs/import";
export const LIST_SOURCES = "hfs/listSources";
export const SEARCH = "hfs/search";
export const SESSIONS_OF_FILE = "hfs/sessionsOfFile";
export const STATISTICS = "hfs/statistics";
export const RENAME_SESSION = "hfs/renameSession";
export const DELETE_SESSION = "hfs/deleteSession";
export const RESTORE_SESSION = "hfs/restoreSession";
export const FIND_SESSION = "hfs/findSession";
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
  deleted?: boolean;
  tools?: string[] | null;
  project?: string | null;
  since?: string | null;
  until?: string | null;
  models?: string[] | null;
  tags?: string[] | null;
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
  archive?: boolean;
  redact?: boolean;
  redactAlso?: ("mail" | "home")[];
  /** Ids of `FoundSecret`. */
  redactExcept?: string[];
}

export interface ExportResult {
  sessionId: number;
  format: Format;
  uri: string;
  bytes: number;
  messageCount: number;
  checkpointCount: number;
  schemaVersion: string;
  redactions: Redaction[];
}

/** How many secrets of one kind were replaced. */
export interface Redaction {
  rule: string;
  count: number;
}

export interface FindSecretsParams {
  workDoneToken?: number | string | null;
  sessionId: number;
  redactAlso?: ("mail" | "home")[];
}

export interface SecretPlace {
  part: "name" | "metadata" | "relatedSession" | "message" | "checkpoint" | "runSnapshot";
  number: number | null;
  member: string | null;
  uri: string;
}

/** A secret, without its value. */
export interface FoundSecret {
  id: string;
  rule: string;
  marker: string;
  count: number;
  places: SecretPlace[];
}

export interface FindSecretsResult {
  secrets: FoundSecret[];
  redactions: Redaction[];
}

export interface ExportAllParams {
  workDoneToken?: number | string | null;
  tools?: string[] | null;
  project?: string | null;
  since?: string | null;
  until?: string | null;
  models?: string[] | null;
  tags?: string[] | null;
  destination: string;
  format?: Format;
  thinking?: boolean;
  toolCalls?: "full" | "brief" | "none";
  redact?: boolean;
  redactAlso?: ("mail" | "home")[];
}

export interface FailedExport {
  sessionId: number;
  name: string;
  reason: string;
}

export interface ExportAllResult {
  uri: string;
  written: number;
  unchanged: number;
  removed: number;
  failed: FailedExport[];
  warnings: string[];
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

export interface SearchParams {
  query: string;
  roles?: string[] | null;
  limit?: number;
  cursor?: string | null;
  /** All matches of this session, instead of one of each session. */
  sessionId?: number | null;
  tools?: string[] | null;
  project?: string | null;
  since?: string | null;
  until?: string | null;
  models?: string[] | null;
  tags?: string[] | null;
}

export interface Match {
  session: SessionSummary;
  /** From 1; 0 for the session's name or summary. */
  messageIndex: number;
  role: string;
  createdAt: string | null;
  snippet: string;
  /** Pairs of offsets in UTF-16 code units. */
  highlights: number[][];
  uri: string;
}

export interface SearchResult {
  matches: Match[];
  nextCursor: string | null;
  /** False while the index lacks sessions of the store. */
  isComplete: boolean;
}

export interface SessionsOfFileParams {
  uri: string;
  /** From 0. */
  line?: number | null;
  /** The line as it is in the editor; without it, that on the disk is read. */
  text?: string | null;
  kinds?: ("create" | "edit" | "delete" | "read")[] | null;
  limit?: number;
  show?: boolean;
}

export interface FileEdit {
  session: SessionSummary;
  /** From 1. */
  messageIndex: number;
  createdAt: string | null;
  kind: string;
  model: string | null;
  /** The beginning of what a person had typed last, on one line. */
  prompt: string | null;
  uri: string;
}

export interface SessionsOfFileResult {
  edits: FileEdit[];
  /** False while the index lacks sessions of the store. */
  isComplete: boolean;
}

export interface StatisticsParams {
  workDoneToken?: number | string | null;
  tools?: string[] | null;
  project?: string | null;
  since?: string | null;
  until?: string | null;
  models?: string[] | null;
  tags?: string[] | null;
}

export interface UsageSums {
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  reasoningTokens: number | null;
  costUsd: number | null;
}

export interface ToolStatistics {
  tool: string;
  sessions: number;
  messages: number;
  prompts: number;
  toolCalls: number;
  usage: UsageSums;
}

export interface ModelStatistics {
  model: string | null;
  sessions: number;
  messages: number;
  toolCalls: number;
  usage: UsageSums;
}

export interface DayStatistics {
  day: string;
  sessions: number;
  messages: number;
  prompts: number;
  toolCalls: number;
  usage: UsageSums;
}

export interface ProjectStatistics {
  project: string | null;
  sessions: number;
  messages: number;
  prompts: number;
  toolCalls: number;
  usage: UsageSums;
}

export interface StatisticsResult {
  sessions: number;
  messages: number;
  prompts: number;
  toolCalls: number;
  usage: UsageSums;
  byTool: ToolStatistics[];
  byModel: ModelStatistics[];
  byDay: DayStatistics[];
  byProject: ProjectStatistics[];
}

export interface RenameSessionParams {
  sessionId: number;
  name: string;
}

export interface DeleteSessionParams {
  sessionId: number;
}

export interface DeleteSessionResult {
  deletedAt: string;
  sessionCount: number;
}

export interface RestoreSessionParams {
  sessionId: number;
}

export interface SessionResult {
  session: SessionSummary;
}

/** With exactly one of both. */
export interface FindSessionParams {
  sessionId?: number | null;
  identity?: string | null;
}

/** How the tool that wrote a session continues it. */
export interface Resume {
  /** A program and its arguments; none needs quotes in a shell. */
  command: string[];
  /** Null if the session's folder is not on the server's machine. */
  directory: string | null;
}

export interface FindSessionResult {
  session: SessionSummary;
  /** The same on every machine. */
  identity: string;
  resume: Resume | null;
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
  [FIND_SECRETS]: [FindSecretsParams, FindSecretsResult];
  [EXPORT_ALL]: [ExportAllParams, ExportAllResult];
  [IMPORT]: [ImportParams, ImportResult];
  [LIST_SOURCES]: [ListSourcesParams, ListSourcesResult];
  [SEARCH]: [SearchParams, SearchResult];
  [SESSIONS_OF_FILE]: [SessionsOfFileParams, SessionsOfFileResult];
  [STATISTICS]: [StatisticsParams, StatisticsResult];
  [RENAME_SESSION]: [RenameSessionParams, SessionResult];
  [DELETE_SESSION]: [DeleteSessionParams, DeleteSessionResult];
  [RESTORE_SESSION]: [RestoreSessionParams, SessionResult];
  [FIND_SESSION]: [FindSessionParams, FindSessionResult];
  [TEXT_DOCUMENT_CONTENT]: [TextDocumentContentParams, TextDocumentContentResult];
}
