import assert from "node:assert/strict";
import type * as vscode from "vscode";
import { DeletedGroup, DeletedRow } from "../../src/deletion/rows";
import { ownFailure } from "../../src/errors";
import { foundSessions, MatchRow } from "../../src/search/resultRows";
import type { Match, SessionSummary } from "../../src/server/protocol";
import { failureRow, failureRows, GroupRow, moreRow, sessionRows } from "../../src/sessions/rows";

const SESSION: SessionSummary = {
  id: 7,
  name: "Fix the login",
  createdAt: "2026-02-01T10:00:00Z",
  updatedAt: null,
  messageCount: 3,
  checkpointCount: 0,
  preview: null,
  tool: "codex",
  workingDirectory: "/w/web",
  models: [],
  totalTokens: null,
  parentId: null,
  childCount: 0,
  tags: [],
  deletedAt: "2026-02-02T10:00:00Z",
};
const MATCH: Match = {
  session: SESSION,
  messageIndex: 2,
  role: "user",
  createdAt: null,
  snippet: "the login fails",
  highlights: [[4, 9]],
  uri: "hfs:/sessions/7.md#message-2",
};

describe("a screen reader", () => {
  const heard = (row: vscode.TreeItem | undefined) =>
    row?.accessibilityInformation?.label ?? String(row?.label);

  it("hears of a session its name, its tool, its project and its messages", () => {
    const [row] = sessionRows([SESSION], { isBrief: true });
    assert.match(heard(row), /^Fix the login, Codex, web · .*3 messages$/);
    const [found] = foundSessions([MATCH], 1);
    assert.match(heard(found), /^Fix the login, Codex, web · /);
    assert.match(heard(new DeletedRow(SESSION)), /^Fix the login, Codex, Deleted: /);
  });

  it("hears of a group how many sessions are in it, and where they were held", () => {
    const path = "/w/web";
    const sessions = [SESSION];
    const group = { kind: "project", key: path, path, isOfWorkspace: false, sessions } as const;
    assert.equal(heard(new GroupRow(group, true, true)), "web, sessions: 1, /w/web");
    assert.equal(heard(new GroupRow(group, true, false)), "web, /w/web");
    const deleted = new DeletedGroup({ sessions, isComplete: true });
    assert.equal(heard(deleted), "Deleted sessions, which can be restored: 1");
  });

  it("hears of a match the session, who said it, and the words", () => {
    assert.equal(heard(new MatchRow(MATCH)), "Fix the login, user, the login fails");
  });

  it("hears of a failure what is wrong before what can be done", () => {
    const failure = ownFailure("serverFailed", "It is gone.");
    assert.equal(heard(failureRow(failure)), "It is gone. Try Again");
    const rows = failureRows(failure);
    assert.deepEqual(rows.map(heard), ["It is gone. Try Again", "Show Log"]);
    assert.equal(heard(moreRow("top")), "Show More");
  });
});
