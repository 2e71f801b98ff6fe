import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mayBeSession } from "../../src/sessionFiles/recognition";

const REPOSITORY = join(__dirname, "../../../../..");

/** How a file of each tool may begin at least. */
const BEGINNINGS: Record<string, string> = {
  hfs: '{"metadata": {"schema_version": "1.0.0"}, "messages": []}',
  "hfs before versions": '[{"role": "user", "content": "Hi"}]',
  "claude-code": '{"type":"summary","summary":"x","leafUuid":"1"}',
  "claude-code, before a word": '{"type":"file-history-snapshot","messageId":"x","snapshot":{}}',
  codex: '{"timestamp":"x","type":"session_meta","payload":{"id":"1"}}',
  "codex, early": '{"id":"1","timestamp":"x","instructions":null}',
  chatgpt: '[{"title": "x", "mapping": {"a": {"id": "a", "message": null, "parent": null}}}]',
  "claude-ai": '[{"uuid": "1", "name": "x", "chat_messages": []}]',
  "copilot-chat": '{"version": 3, "requests": [], "creationDate": 1}',
  "copilot-cli": '{"type":"session.start","data":{"producer":"copilot-agent"}}',
  cursor: '{"composerId": "1", "conversation": []}',
  "gemini-cli": '{"sessionId": "1", "projectHash": "x", "messages": []}',
  opencode: '{"id": "ses_1", "title": "x"}',
  cline: '[{"ts": 1, "type": "say", "say": "text", "text": "Hi"}]',
  continue: '{"sessionId": "1", "history": []}',
  librechat: '{"conversationId": "1", "messages": []}',
  "chatbot-ui": '{"version": 4, "history": [{"id": "1", "messages": []}]}',
  "open-webui": '[{"chat": {"history": {"currentId": "1"}}}]',
  grok: '{"conversations": [{"conversation": {}, "responses": []}]}',
  amp: '{"id": "T-1", "messages": []}',
  goose: '{"working_dir": "/w", "description": "x", "message_count": 2}',
  droid: '{"type":"session_start","id":"1"}',
  kimi: '{"type":"metadata","protocol_version":"1"}',
  pi: '{"type":"session","id":"1","timestamp":"x","cwd":"/w"}',
  qwen: '{"uuid":"1","sessionId":"2","message":{"parts":[]}}',
  zed: '{"messages": [{"User": {"content": []}}]}',
  "zed, text": '{"id": "1", "zed": "context", "text": "Hi"}',
  llm: '[{"id": "1", "model": "x", "prompt": "Hi", "response": "Yes"}]',
  "vs-copilot": '{"resourceSpans": []}',
  "openai-messages": '{"model": "x", "messages": [{"role": "user", "content": "Hi"}]}',
  sharegpt: '{"conversations": [{"from": "human", "value": "Hi"}]}',
  "with a byte order mark": '\uFEFF\n {"session_name": "x", "messages": []}',
};

for (const [tool, beginning] of Object.entries(BEGINNINGS)) {
  test(`a file of ${tool} may be a session`, () => assert.ok(mayBeSession(beginning)));
}

test("the examples may be sessions", () => {
  const folder = join(REPOSITORY, "examples/sessions");
  for (const name of readdirSync(folder)) {
    assert.ok(mayBeSession(readFileSync(join(folder, name), "utf8")), name);
  }
});

test("what projects have beside is none", () => {
  const vscode = join(REPOSITORY, "clients/vscode");
  for (const name of ["package-lock.json", "package.nls.json", "tsconfig.json", "biome.json"]) {
    assert.ok(!mayBeSession(readFileSync(join(vscode, name), "utf8")), name);
  }
  const others = [
    "",
    "{}",
    "[]",
    "# Notes",
    '{"openapi": "3.0.0", "paths": {"/": {"get": {"responses": {}}}}}',
    '{"type": "FeatureCollection", "features": []}',
    '{"version": 1, "history": []}',
    '{"messages": {"greeting": "Hello"}}',
    'User said: "role": "user"',
  ];
  for (const text of others) {
    assert.ok(!mayBeSession(text), text);
  }
});
