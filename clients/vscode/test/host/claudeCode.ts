/** A folder as Claude Code keeps its sessions in: one session, and the subagent that it started. */

import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SESSION = "11111111-1111-4111-8111-111111111111";
export const MODEL = "claude-sonnet-4-5";

/** Makes the folder, which `CLAUDE_CONFIG_DIR` may name. */
export function makeClaudeFolder(folder: string): void {
  const project = join(folder, "projects/-home-ann-web");
  const subagents = join(project, SESSION, "subagents");
  mkdirSync(subagents, { recursive: true });
  const own = [prompt("u1", "Find the slow query"), reply("a1", "u1", "It is in app.py.")];
  writeFileSync(join(project, `${SESSION}.jsonl`), lines(own));
  const other = [prompt("s1", "Read the logs"), reply("s2", "s1", "Nothing there.")];
  const marked = other.map((one) => ({ ...one, isSidechain: true, agentId: "abc123" }));
  writeFileSync(join(subagents, "agent-abc123.jsonl"), lines(marked));
}

/** Adds a prompt and its reply to the session, as the tool does when it is used again. */
export function growClaudeSession(folder: string): void {
  const more = [
    { ...prompt("u2", "Mend it"), parentUuid: "a1" },
    reply("a2", "u2", "It is fast now."),
  ];
  appendFileSync(join(folder, "projects/-home-ann-web", `${SESSION}.jsonl`), lines(more));
}

function lines(records: readonly object[]): string {
  return records.map((one) => `${JSON.stringify(one)}\n`).join("");
}

function prompt(uuid: string, content: string): object {
  return { ...common(uuid, null), type: "user", message: { role: "user", content } };
}

function reply(uuid: string, parent: string, text: string): object {
  const message = {
    id: `msg_${uuid}`,
    type: "message",
    role: "assistant",
    model: MODEL,
    content: [{ type: "text", text }],
    usage: { input_tokens: 10, output_tokens: 5 },
  };
  return { ...common(uuid, parent), type: "assistant", message };
}

function common(uuid: string, parentUuid: string | null): object {
  return {
    uuid,
    parentUuid,
    sessionId: SESSION,
    isSidechain: false,
    cwd: "/home/ann/web",
    version: "2.0.1",
    gitBranch: "main",
    userType: "external",
    timestamp: "2026-02-01T10:00:00.000Z",
  };
}
