import assert from "node:assert/strict";
import { test } from "node:test";
import { filtered, isFilter, NO_FILTER, type SessionFilter } from "../../src/sessions/filter";
import { session } from "./sessions";

const SESSIONS = [
  { ...session(1), name: "Fix the LOGIN", tool: "hfs", workingDirectory: "/w/web" },
  { ...session(2), name: "Other", preview: "the login fails", tool: "codex" },
  { ...session(3), name: "Café ÄÖ", tool: "codex", workingDirectory: "/w/web/src", tags: ["todo"] },
  { ...session(4), name: "a.*[x]$(y)", workingDirectory: "/w/website", models: ["opus-4"] },
  { ...session(5), name: "Windows", workingDirectory: "C:\\W\\Web\\" },
];

const ids = (filter: Partial<SessionFilter>) =>
  filtered(SESSIONS, { ...NO_FILTER, ...filter }).map(({ id }) => id);

test("without a filter all sessions are shown, in their order", () => {
  assert.equal(filtered(SESSIONS, NO_FILTER), SESSIONS);
  assert.deepEqual(ids({ text: " \t\n" }), [1, 2, 3, 4, 5]);
  assert.equal(isFilter({ ...NO_FILTER, text: "  " }), false);
});

test("all words have to be there, in any order and case, as text", () => {
  assert.deepEqual(ids({ text: "login" }), [1, 2]);
  assert.deepEqual(ids({ text: "LOGIN fix" }), [1]);
  assert.deepEqual(ids({ text: "äö café" }), [3]);
  assert.deepEqual(ids({ text: ".*[x]$(" }), [4]);
  assert.deepEqual(ids({ text: "opus" }), [4]);
  assert.deepEqual(ids({ text: "todo" }), [3]);
  assert.deepEqual(ids({ text: "nowhere" }), []);
});

test("a word is not found across two facts", () => {
  assert.deepEqual(ids({ text: "otherthe" }), []);
});

test("one of the tools, and one of the folders or below it", () => {
  assert.deepEqual(ids({ tools: ["codex"] }), [2, 3]);
  assert.deepEqual(ids({ tools: ["codex", "hfs"], text: "login" }), [1, 2]);
  assert.deepEqual(ids({ projects: ["/w/web"] }), [1, 3]);
  assert.deepEqual(ids({ projects: ["/w/web/"] }), [1, 3]);
  assert.deepEqual(ids({ projects: ["/w/website", "c:/w/web"] }), [4, 5]);
  assert.deepEqual(ids({ projects: ["/w/web"], tools: ["codex"], text: "caf" }), [3]);
  assert.deepEqual(ids({ tools: ["unknown"] }), []);
});
