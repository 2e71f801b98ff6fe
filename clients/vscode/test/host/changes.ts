import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { SessionSummary } from "../../src/server/protocol";
import { count, forget, keepNotifications, only } from "./notifications";
import {
  closeAll,
  execute,
  failureOf,
  sessions,
  sleep,
  sql,
  tabs,
  until,
  useRealServer,
  useStandIn,
} from "./world";

describe("changing sessions", () => {
  let store: string;

  keepNotifications();

  beforeEach(async () => {
    store = await useRealServer();
    await group("none");
    await execute("hfs.listSessions", {});
    add(931, "Oldest", "2026-02-01 10:00:00.000000");
    add(932, "Middle", "2026-02-02 10:00:00.000000");
    add(933, "Newest", "2026-02-03 10:00:00.000000");
    forget();
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

  const add = (id: number, name: string, time: string) =>
    sql(
      store,
      `INSERT INTO sessions (id, name, created_at) VALUES (${id}, '${name}', '${time}');
       INSERT INTO messages (session_id, role, content, created_at)
       VALUES (${id}, 'user', 'Hello', '${time}')`,
    );

  const names = async () => (await sessions()).map(({ name }) => name);

  /** Has the dialogs for a name answer with this. */
  const answering = async (answer: string | undefined, work: () => Promise<unknown>) => {
    const { showInputBox } = vscode.window;
    const boxes: vscode.InputBoxOptions[] = [];
    const set = (value: unknown) =>
      Object.defineProperty(vscode.window, "showInputBox", { value, configurable: true });
    set(async (options: vscode.InputBoxOptions) => {
      boxes.push(options);
      return answer;
    });
    await work();
    set(showInputBox);
    return boxes;
  };

  /** Clicks a row of the view, again after a second where it has not got there yet. */
  const click = (focus: string, name: string) =>
    until(async () => {
      await execute("hfs.sessions.focus");
      await execute(focus);
      await execute("list.selectAndPreserveFocus");
      await sleep(1000);
      return tabs().some(({ label, isActive }) => isActive && label.includes(name));
    }, 20_000);

  it("the keys of the view are about the row with the focus", async () => {
    await execute("hfs.refreshSessions");
    await click("list.focusFirst", "Newest");
    await execute("hfs.sessions.focus");
    await execute("list.focusDown");
    await execute("hfs.deleteRow");
    assert.equal((await only()).message, "Deleted “Middle”.");
    assert.deepEqual(await names(), ["Newest", "Oldest"]);
    forget();
    const [box] = await answering("Another name", async () => {
      await click("list.focusFirst", "Newest");
      await execute("hfs.sessions.focus");
      await execute("list.focusDown");
      await execute("hfs.renameRow");
    });
    assert.equal(box?.value, "Oldest");
    assert.deepEqual(await names(), ["Newest", "Another name"]);
    assert.equal(count(), 0);
    await execute("hfs.sessions.toggleVisibility");
  });

  it("the keys are about all rows that are selected, if the one with the focus is", async () => {
    await execute("hfs.refreshSessions");
    await click("list.focusFirst", "Newest");
    await execute("hfs.sessions.focus");
    await execute("list.expandSelectionDown");
    await execute("hfs.deleteRow");
    assert.equal((await only()).message, "Deleted 2 sessions.");
    assert.deepEqual(await names(), ["Oldest"]);
    await execute("hfs.sessions.toggleVisibility");
  });

  it("a session keeps its name where none, or the same, is typed", async () => {
    for (const answer of [undefined, "Newest", " Newest "]) {
      const [box] = await answering(answer, () =>
        execute("hfs.renameSession", { sessionId: 933, message: 1 }),
      );
      assert.equal(box?.value, "");
    }
    assert.equal((await names())[0], "Newest");
  });

  it("a name that the store cannot take is marked while it is typed", async () => {
    const [box] = await answering(undefined, () =>
      execute("hfs.renameSession", { sessionId: 931 }),
    );
    const check = (name: string) => box?.validateInput?.(name);
    assert.match(String(check("  ")), /needs a name/);
    assert.match(String(check("😀".repeat(256))), /at most 255/);
    assert.equal(check("😀".repeat(255)), undefined);
    assert.equal(check("Ümläut"), undefined);
  });

  it("callers rename, delete and restore by id", async () => {
    const renamed = { sessionId: 932, name: "By a caller" };
    assert.equal((await execute<SessionSummary>("hfs.renameSession", renamed)).name, renamed.name);
    await execute("hfs.deleteSession", { sessionId: 932 });
    assert.deepEqual(await names(), ["Newest", "Oldest"]);
    const restored = await execute<SessionSummary>("hfs.restoreSession", { sessionId: 932 });
    assert.equal(restored.name, renamed.name);
    assert.deepEqual(await names(), ["Newest", renamed.name, "Oldest"]);
    assert.equal(count(), 0);
    for (const command of ["hfs.deleteSession", "hfs.restoreSession"]) {
      const failure = await failureOf(execute(command, { sessionId: 99 }));
      assert.equal(failure.kind, "sessionNotFound");
    }
    await failureOf(execute("hfs.renameSession", { sessionId: 931, name: "  " }));
  });

  it("the tab of a deleted session keeps its text, as that of a deleted file", async () => {
    // An id that no other test's documents have.
    add(4321, "In a tab", "2026-02-04 10:00:00.000000");
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: 4321 });
    const isThere = async () => {
      try {
        await vscode.workspace.fs.stat(uri);
        return true;
      } catch (error) {
        assert.equal((error as vscode.FileSystemError).code, "FileNotFound");
        return false;
      }
    };
    assert.ok(await isThere());
    await execute("hfs.deleteSession", { sessionId: 4321 });
    await until(async () => !(await isThere()));
    assert.equal(tabs().length, 1);
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? "", /Hello/);
    const failure = await failureOf(execute("hfs.openSession", { sessionId: 4321 }));
    assert.match(failure.message, /deleted/);
    await execute("hfs.restoreSession", { sessionId: 4321 });
    await until(isThere);
    sql(store, "UPDATE messages SET content = 'Goes on' WHERE session_id = 4321");
    await until(() => /Goes on/.test(vscode.window.activeTextEditor?.document.getText() ?? ""));
  });

  it("a session that gets the id of a deleted one has a tab of its own", async () => {
    add(4322, "Had the id", "2026-02-04 10:00:00.000000");
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: 4322, name: "Had it" });
    const document = vscode.window.activeTextEditor?.document;
    await execute("hfs.deleteSession", { sessionId: 4322 });
    await until(async () => {
      const stat = vscode.workspace.fs.stat(uri);
      return stat.then(
        () => false,
        () => true,
      );
    });
    add(4322, "Has the id", "2026-02-05 10:00:00.000000");
    const other = await execute<vscode.Uri>("hfs.openSession", { sessionId: 4322, name: "Has it" });
    assert.notEqual(other.toString(), uri.toString());
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? "", /^# Has the id/);
    assert.match(document?.getText() ?? "", /^# Had the id/);
    assert.equal(tabs().length, 2);
  });

  it("a server that is too old for it says so, once", async () => {
    await useStandIn("closed");
    forget();
    await execute("hfs.deleteSession");
    const { message, buttons } = await only();
    assert.match(message, /cannot rename, delete or restore/);
    assert.equal(buttons[0], "How to Upgrade");
  });
});
