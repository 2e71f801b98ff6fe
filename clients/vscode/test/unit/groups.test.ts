import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionSummary } from "../../src/server/protocol";
import { GROUPINGS, type Group, type GroupBy, groupsOf } from "../../src/sessions/groups";
import { session } from "./sessions";

/** A Wednesday. */
const NOW = new Date(2026, 10, 25, 12);

const at = (day: number, hour = 10, month = 10) => new Date(2026, month, day, hour).toISOString();

const held = (id: number, workingDirectory: string | null, more: Partial<SessionSummary> = {}) =>
  session(id, { workingDirectory, createdAt: at(25), ...more });

/** The groups as keys with the ids of their sessions. */
const shape = (sessions: SessionSummary[], by: GroupBy, folders: string[] = []) =>
  groupsOf(
    sessions,
    by,
    folders.map((path) => ({ path, realPath: path })),
    NOW,
  ).map(({ key, sessions: own }: Group) => [key, ...own.map(({ id }) => id)]);

test("by date, a session is where the day of its last activity is", () => {
  const days: [string, string][] = [
    [at(25, 0), "today"],
    [at(26), "today"],
    [at(24, 23), "yesterday"],
    [at(24, 0), "yesterday"],
    [at(23), "week"],
    [at(22, 23), "month"],
    [at(1, 0), "month"],
    [at(31, 23, 9), "older"],
    ["", "older"],
    ["no time", "older"],
  ];
  for (const [createdAt, span] of days) {
    const [group] = groupsOf([session(1, { createdAt })], "date", [], NOW);
    assert.equal(group?.key, `date:${span}`, createdAt);
  }
  const [moved] = groupsOf([session(1, { createdAt: at(1), updatedAt: at(25) })], "date", [], NOW);
  assert.equal(moved?.key, "date:today");
});

test("a week that began in another month is this week all the same", () => {
  const now = new Date(2026, 11, 2, 12);
  const [group] = groupsOf([session(1, { createdAt: at(30) })], "date", [], now);
  assert.equal(group?.key, "date:week");
});

test("by project, the folders of the workspace come first, and sessions without one last", () => {
  const sessions = [
    held(1, null),
    held(2, "/home/ann/api"),
    held(3, "/home/ann/web/src"),
    held(4, "/home/ann/web"),
    held(5, "/home/ann/api/"),
    held(6, "/home/ann/website"),
  ];
  assert.deepEqual(shape(sessions, "project", ["/home/ann/web"]), [
    ["project:/home/ann/web", 3, 4],
    ["project:/home/ann/api", 2, 5],
    ["project:/home/ann/website", 6],
    ["project:", 1],
  ]);
});

test("by tool, by date and ungrouped, those of the workspace come first, and only there", () => {
  const sessions = [
    held(1, "/w/api", { tool: "codex" }),
    held(2, "/w/web", { tool: "codex" }),
    held(3, "/w/api", { tool: "claude-code" }),
    held(4, "/w/web/deep", { tool: "aider" }),
  ];
  const own = ["workspace", 2, 4];
  assert.deepEqual(shape(sessions, "tool", ["/w/web"]), [
    own,
    ["tool:codex", 1],
    ["tool:claude-code", 3],
  ]);
  assert.deepEqual(shape(sessions, "date", ["/w/web"]), [own, ["date:today", 1, 3]]);
  assert.deepEqual(shape(sessions, "none", ["/w/web"]), [own, ["rest", 1, 3]]);
  assert.deepEqual(shape(sessions, "none", ["/elsewhere"]), [["rest", 1, 2, 3, 4]]);
});

test("a session is in the innermost folder of the workspace, each of which is a project", () => {
  const sessions = [held(1, "/w/a/b/c"), held(2, "/w/a"), held(3, "/w/z")];
  assert.deepEqual(shape(sessions, "project", ["/w/a", "/w/a/b", "/w/none"]), [
    ["project:/w/a/b", 1],
    ["project:/w/a", 2],
    ["project:/w/z", 3],
  ]);
});

test("a folder that was opened by a link has the sessions of the folder that it leads to", () => {
  const folders = [{ path: "/links/web", realPath: "/home/ann/web" }];
  const sessions = [held(1, "/home/ann/web/src"), held(2, "/links/web")];
  const [group, ...more] = groupsOf(sessions, "project", folders, NOW);
  assert.deepEqual(more, []);
  assert.equal(group?.kind === "project" && group.path, "/links/web");
});

test("on Windows, cases and slashes make no difference; elsewhere cases do", () => {
  const windows = [held(1, "C:\\Users\\Ann\\web"), held(2, "c:/users/ann/WEB/"), held(3, "D:\\")];
  assert.deepEqual(shape(windows, "project", ["c:\\Users\\Ann"]), [
    ["project:c:/users/ann", 1, 2],
    ["project:d:", 3],
  ]);
  assert.equal(shape([held(1, "/W/Web"), held(2, "/w/web")], "project").length, 2);
});

test("the root of a system as the workspace has every session that has a folder", () => {
  assert.deepEqual(shape([held(1, "/home/ann"), held(2, null)], "date", ["/"]), [
    ["workspace", 1],
    ["date:today", 2],
  ]);
});

test("every session is in exactly one group, however they are grouped", () => {
  const tools = ["hfs", "codex", "claude-code"];
  const folders = [null, "", "/w/a", "/w/a/b", "/w/c", "C:\\x"];
  const sessions = Array.from({ length: 500 }, (_, n) =>
    held(n, folders[n % folders.length] ?? null, {
      tool: tools[n % tools.length] ?? "",
      createdAt: new Date(2026, 10, 25, -7 * n).toISOString(),
    }),
  );
  for (const by of GROUPINGS) {
    const groups = shape(sessions, by, ["/w/a"]);
    const ids = groups.flatMap(([, ...own]) => own);
    assert.deepEqual(
      ids.toSorted((one, other) => Number(one) - Number(other)),
      sessions.map(({ id }) => id),
    );
    assert.equal(new Set(groups.map(([key]) => key)).size, groups.length);
    for (const [, ...own] of groups) {
      assert.deepEqual(
        own,
        own.toSorted((one, other) => Number(one) - Number(other)),
      );
    }
  }
});
