import assert from "node:assert/strict";
import { test } from "node:test";
import { whileTyping } from "../../src/search/query";
import { foundTexts, snippetOf } from "../../src/search/snippets";
import type { Match } from "../../src/server/protocol";
import { session } from "./sessions";

const QUERIES: Record<string, string> = {
  login: "login*",
  "fix login": "fix login*",
  "fix login ": "fix login ",
  fix_lo: "fix_lo*",
  пере: "пере*",
  登录: "登录*",
  "log*": "log*",
  "-log": "-log",
  "fix -log": "fix -log",
  '"fix lo': '"fix lo',
  '"fix login"': '"fix login"',
  '"fix login" bu': '"fix login" bu*',
  "tool:co": "tool:co",
  "login tool:codex": "login tool:codex",
  "what?": "what?",
  "🦊": "🦊",
  "": "",
};

test("the last word of a query may go on, unless it is finished", () => {
  for (const [typed, sent] of Object.entries(QUERIES)) {
    assert.equal(whileTyping(typed), sent, typed);
  }
});

const match = (snippet: string, highlights: number[][]): Match => ({
  session: session(1),
  messageIndex: 1,
  role: "user",
  createdAt: null,
  snippet,
  highlights,
  uri: "hfs:/sessions/1.md#message-1",
});

test("a snippet is one line without control characters, and keeps its highlights", () => {
  const { text, highlights } = snippetOf(match("a\r\n\u202elogin\u0007\u2028b", [[4, 9]]));
  assert.equal(text, "a   login  b");
  assert.deepEqual(highlights, [[4, 9]]);
});

test("a snippet that is too long is cut between characters", () => {
  const { text, highlights } = snippetOf(
    match(`a${"🦊".repeat(400)}`, [
      [1, 3],
      [700, 702],
    ]),
  );
  assert.doesNotMatch(text, /[\uD800-\uDBFF]$/);
  assert.ok(text.length < 301);
  assert.deepEqual(highlights, [[1, 3]]);
});

test("highlights that are none are left out", () => {
  const wrong = [[3, 1], [-1, 2], [0, 99], [], [1]];
  assert.deepEqual(snippetOf(match("login", wrong)).highlights, []);
});

test("what was found is looked for together first, then the longest word of it", () => {
  const texts = foundTexts(
    match("fix a login bug", [
      [0, 3],
      [6, 11],
    ]),
  );
  assert.deepEqual(texts, ["fix a login", "login", "fix"]);
  assert.deepEqual(foundTexts(match("the login", [])), [""]);
});
