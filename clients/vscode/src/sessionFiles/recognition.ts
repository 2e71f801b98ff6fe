/**
 * Whether a JSON file may be a session, by its beginning alone.
 *
 * The rule not to break: what the server takes for a session passes, in any tool's format. What
 * passes wrongly costs little: the server looks at it once, and forgets it.
 */

/** How much of a file is looked at, in characters: what the server looks at, in bytes. */
export const BEGINNING = 1 << 16;

/** Keys that hardly anything but sessions has. */
const KEYS = [
  // Export documents.
  "schema_version",
  "session_name",
  // The session's id, as many tools have it in each record or at the beginning.
  "sessionI[dD]",
  "session_id",
  "conversationId",
  "conversation_id",
  "agentId",
  "projectID",
  // Claude Code, Claude.ai, ChatGPT, Copilot, Gemini CLI.
  "isSidechain",
  "parentUuid",
  "leafUuid",
  "loglines",
  "chat_messages",
  "current_node",
  "currentId",
  "requesterUsername",
  "responderUsername",
  "initialLocation",
  "copilotVersion",
  "resourceSpans",
  "projectHash",
  // Cursor, LibreChat, Kimi, goose, Zed.
  "composerId",
  "composerData",
  "bubbles",
  "cursorDiskKV",
  "ItemTable",
  "messagesTree",
  "protocol_version",
  "working_dir",
  "zed",
  // Rows to train models with.
  "conversations",
  "chosen_messages",
  "preferred_output",
  "rejected",
  "custom_id",
];
const SIGNS = [
  `"(?:${KEYS.join("|")})"\\s*:`,
  // Who speaks, in the words of each tool.
  String.raw`"role"\s*:\s*"`,
  String.raw`"(?:say|ask)"\s*:\s*"\w+"`,
  String.raw`"(?:User|Agent)"\s*:\s*\{`,
  String.raw`"type"\s*:\s*"(?:user|assistant|gemini|qwen|say|ask|session|file-history-snapshot|(?:user|assistant|session)[._]\w+|todo_state|compaction_state|turn_context|response_item|event_msg|context\.\w+|TurnBegin|StepBegin)"`,
  // Ids of Amp and opencode, and what Cursor's state is called.
  String.raw`"id"\s*:\s*"(?:T-|ses_|msg_|prt_)`,
  String.raw`"(?:aiService|composer|workbench\.panel\.aichat)\.`,
];
const SIGN = new RegExp(SIGNS.join("|"));
/** What only two keys together show. */
const PAIRS = [
  ["instructions", "timestamp"],
  ["prompt", "response"],
  ["instruction", "output"],
  ["from", "value"],
  ["conversation", "responses"],
  ["history", "messages"],
  ["mapping", "parent"],
  ["requests", "requestId"],
  ["version", "creationDate"],
];

/** Whether JSON that begins so may be a session. */
export function mayBeSession(beginning: string): boolean {
  const has = (key: string) => new RegExp(`"${key}"\\s*:`).test(beginning);
  const isJson = /^\uFEFF?\s*[[{]/.test(beginning);
  return isJson && (SIGN.test(beginning) || PAIRS.some((pair) => pair.every(has)));
}
