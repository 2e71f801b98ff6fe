/** What was said in one message of an export document. */

interface ExportedMessage {
  content?: string;
  thinking?: string;
  tool_calls?: unknown[];
}

/**
 * The text of the message with this number, from 1: its content, without which what was thought,
 * or the calls of tools. Undefined if there is no such message.
 */
export function textOf(json: string, message: number): string | undefined {
  const { messages } = JSON.parse(json) as { messages: ExportedMessage[] };
  const found = messages[message - 1];
  if (found === undefined) {
    return undefined;
  }
  const { content, thinking, tool_calls: calls = [] } = found;
  return content || thinking || (calls.length > 0 ? JSON.stringify(calls, null, 2) : "");
}
