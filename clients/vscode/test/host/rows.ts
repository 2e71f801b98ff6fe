import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import { MODEL, makeClaudeFolder } from "./claudeCode";
import { closeAll, execute, root, sessions, sleep, sql, tabs, until, useRealServer } from "./world";

const DAY = "2026-02-01 10:00:00";

describe("the list of sessions", () => {
  let store: string;

  beforeEach(async () => {
    store = await useRealServer();
    await group("none");
    await execute("hfs.listSessions", {});
  });

  afterEach(async () => {
    await execute("workbench.action.closeQuickOpen");
    await closeAll();
  });

  after(() => group(undefined));

  const group = (by: string | undefined) =>
    vscode.workspace
      .getConfiguration("hfs")
      .update("groupBy", by, vscode.ConfigurationTarget.Workspace);

  const add = (id: number, name: string, time = DAY) =>
    sql(
      store,
      `INSERT INTO sessions (id, name, created_at) VALUES (${id}, '${name}', '${time}');
       INSERT INTO messages (session_id, role, content, created_at)
       VALUES (${id}, 'user', 'Hello', '${time}')`,
    );

  const isPreview = () => tabs()[0]?.isPreview;

  it("opens a preview tab at a click, and one that stays at a double click", async () => {
    // Ids that no other test's documents have, which VS Code keeps for a while.
    add(901, "First");
    add(902, "Second", "2026-02-02 10:00:00");
    await execute("hfs.refreshSessions");
    await click("list.focusFirst", () => tabs()[0]?.label.includes("Second"));
    assert.equal(isPreview(), true);
    await click("list.focusLast", () => tabs()[0]?.label.includes("First"));
    assert.equal(isPreview(), true);
    assert.equal(tabs().length, 1);
    await click("list.focusLast", () => isPreview() === false, 2);
    assert.equal(tabs().length, 1);
    await execute("hfs.sessions.toggleVisibility");
  });

  /** Clicks a row of the view, again after a second where it has not got there yet. */
  const click = (focus: string, isDone: () => boolean | undefined, times = 1) =>
    until(async () => {
      await execute("hfs.sessions.focus");
      await execute(focus);
      const clicks = Array.from({ length: times }, () => execute("list.selectAndPreserveFocus"));
      await Promise.all(clicks);
      // Two clicks in a shorter time would be a double click.
      await sleep(1000);
      return isDone() ?? false;
    }, 20_000);

  /** The rows of the palette's list as they are when it has been loaded. */
  const rowsOf = async (): Promise<vscode.QuickPickItem[]> => {
    const original = vscode.window.createQuickPick;
    let pick: vscode.QuickPick<vscode.QuickPickItem> | undefined;
    const value = () => {
      pick = original.call(vscode.window);
      return pick;
    };
    Object.defineProperty(vscode.window, "createQuickPick", { value, configurable: true });
    execute("hfs.listSessions");
    await until(() => pick !== undefined && !pick.busy);
    Object.defineProperty(vscode.window, "createQuickPick", {
      value: original,
      configurable: true,
    });
    return [...(pick?.items ?? [])];
  };

  it("tells equal names apart by time, number of messages, and at last the id", async () => {
    add(1, "Same");
    add(2, "Same");
    add(3, "Same", "2026-02-01 11:30:00");
    add(4, "Other");
    const rows = await rowsOf();
    const descriptions = rows.map((row) => row.description ?? "");
    assert.equal(new Set(descriptions.filter((_, n) => rows[n]?.label === "Same")).size, 3);
    assert.ok(
      descriptions.filter((one) => /^#[12] · /.test(one)).length === 2,
      descriptions.join(),
    );
  });

  it("shows the tool, the project and the model of a session of another tool", async () => {
    const folder = join(root, "rows-claude");
    makeClaudeFolder(folder);
    await execute("hfs.importSession", folder);
    add(801, "Of the terminal");
    const rows = await rowsOf();
    const [foreign] = rows.filter(({ label }) => label === "Find the slow query");
    assert.ok(foreign?.description?.startsWith(`Claude Code · web · ${MODEL} · `));
    const [plain] = rows.filter(({ label }) => label === "Of the terminal");
    assert.doesNotMatch(plain?.description ?? "", /HFS/);
    assert.equal(rows.length, 2);
  });

  it("has the subagents of a session below it in the view", async () => {
    const folder = join(root, "view-claude");
    makeClaudeFolder(folder);
    // Ids that no other test's documents have.
    add(950, "Before");
    await execute("hfs.importSession", folder);
    sql(store, "DELETE FROM sessions WHERE id = 950");
    assert.equal((await sessions())[0]?.childCount, 1);
    await execute("hfs.refreshSessions");
    await click("list.focusFirst", () => tabs()[0]?.label.includes("Find the slow query"));
    await until(async () => {
      await execute("hfs.sessions.focus");
      await execute("list.focusFirst");
      await execute("list.expand");
      await sleep(300);
      await execute("list.focusLast");
      await execute("list.selectAndPreserveFocus");
      await sleep(1000);
      return tabs()[0]?.label.includes("Read the logs") ?? false;
    }, 20_000);
    await execute("hfs.sessions.toggleVisibility");
  });

  it("bounds a name that has no bounds", async () => {
    sql(
      store,
      `INSERT INTO sessions (id, name, created_at)
       VALUES (1, printf('%.300000c', 'x'), '${DAY}')`,
    );
    const [row] = await rowsOf();
    assert.ok((row?.label.length ?? 0) <= 120, String(row?.label.length));
  });
});
