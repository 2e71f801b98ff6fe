import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import { DeletionCommand } from "../../src/deletion/command";
import { Messages } from "../../src/messages";
import { Server } from "../../src/server/client";
import { IMPORT, LIST_SESSIONS } from "../../src/server/protocol";
import { SessionsView } from "../../src/sessions/view";
import { count, forget, keepNotifications, only } from "./notifications";
import { server as program, root, sql, until } from "./world";

/** A view of its own, on a server and a store of its own; VS Code shows only the other one. */
describe("deletion in the view", () => {
  let store: string;
  let server: Server;
  let view: SessionsView;
  let log: vscode.LogOutputChannel;
  let run: (command: string, ...given: unknown[]) => Promise<unknown>;
  let stores = 0;
  const { createTreeView } = vscode.window;
  const set = (value: unknown) =>
    Object.defineProperty(vscode.window, "createTreeView", { value, configurable: true });

  keepNotifications();

  beforeEach(async () => {
    store = join(root, `deletion-${++stores}`, "sessions.db");
    mkdirSync(dirname(store), { recursive: true });
    log = vscode.window.createOutputChannel("Deletion", { log: true });
    const found = { path: program, version: "0.1.0", source: "workspace" } as const;
    const initializationOptions = { databasePath: store };
    const launch = { args: [], env: process.env, cwd: root, initializationOptions };
    server = new Server(async () => ({ server: found, ...launch }), log);
    set(() => ({ dispose: () => {}, selection: [] }));
    view = new SessionsView(server);
    set(createTreeView);
    const commands = new DeletionCommand(server, new Messages(log, {}), view).all();
    run = async (command, ...given) => commands[command]?.(...given);
    for (const name of ["First", "Second", "Third"]) {
      await add(name);
    }
    forget();
  });

  afterEach(async () => {
    view.dispose();
    await server.dispose();
    log.dispose();
  });

  const add = (name: string, more: object = {}) => {
    const metadata = { schema_version: "1.1.0", session_name: name, session_id: name, ...more };
    const messages = [{ role: "user", content: name, created_at: "2026-02-01T10:00:00Z" }];
    return server.request(IMPORT, { content: JSON.stringify({ metadata, messages }) });
  };

  const labels = (rows: readonly vscode.TreeItem[]) => rows.map(({ label }) => String(label));

  const rowsIn = async (group: string): Promise<vscode.TreeItem[]> => {
    const found = (await view.getChildren()).find(({ label }) => label === group);
    return found ? await view.getChildren(found) : [];
  };

  const sessionsShown = async () => labels(await rowsIn("Older")).toSorted();

  /** Waits until the view has these sessions, and these deleted ones. */
  const shows = (sessions: string[], deleted: string[]) =>
    until(async () => {
      const now = [await sessionsShown(), labels(await rowsIn("Deleted")).toSorted()];
      return JSON.stringify(now) === JSON.stringify([sessions, deleted]);
    });

  const rowOf = async (name: string, group = "Older") =>
    (await rowsIn(group)).find(({ label }) => label === name) ?? assert.fail(name);

  it("moves a session to the group at the end, and Undo brings it back", async () => {
    await shows(["First", "Second", "Third"], []);
    await run("hfs.deleteRow", await rowOf("Second"));
    const { message, buttons, press } = await only();
    assert.equal(message, "Deleted “Second”.");
    assert.deepEqual(buttons, ["Undo"]);
    await shows(["First", "Third"], ["Second"]);
    assert.equal(labels(await view.getChildren()).at(-1), "Deleted");
    forget();
    press("Undo");
    await shows(["First", "Second", "Third"], []);
    assert.equal(count(), 0);
  });

  it("shows it no more at once, before the store is read again", async () => {
    await shows(["First", "Second", "Third"], []);
    await run("hfs.deleteRow", await rowOf("Second"));
    // Without a server, the view shows what it knows.
    await server.stop();
    assert.deepEqual(await sessionsShown(), ["First", "Third"]);
  });

  it("deletes all that are selected, and restores all", async () => {
    const rows = await rowsIn("Older");
    await run("hfs.deleteRow", rows[1], rows);
    const { message, press } = await only();
    assert.equal(message, "Deleted 3 sessions.");
    assert.equal((await server.request(LIST_SESSIONS, {})).sessions.length, 0);
    press("Undo");
    await shows(["First", "Second", "Third"], []);
    const two = [await rowOf("First"), await rowOf("Third")];
    await run("hfs.deleteRow", two[0], two);
    await shows(["Second"], ["First", "Third"]);
    const deleted = await rowsIn("Deleted");
    await run("hfs.restoreRow", deleted[0], deleted);
    await shows(["First", "Second", "Third"], []);
  });

  it("takes what a session started along, also if that is selected, too", async () => {
    await add("Child", { parent_session_id: "Third" });
    await shows(["First", "Second", "Third"], []);
    const parent = await rowOf("Third");
    const [child] = await view.getChildren(parent);
    assert.equal(child?.label, "Child");
    await run("hfs.deleteRow", parent, [parent, child]);
    const { message, press } = await only();
    assert.equal(message, "Deleted “Third” and the sessions that it started.");
    await shows(["First", "Second"], ["Third"]);
    press("Undo");
    await shows(["First", "Second", "Third"], []);
    assert.deepEqual(labels(await view.getChildren(await rowOf("Third"))), ["Child"]);
  });

  it("has rows of deleted sessions that can be restored, and nothing else", async () => {
    await run("hfs.deleteRow", await rowOf("First"));
    await shows(["Second", "Third"], ["First"]);
    const row = await rowOf("First", "Deleted");
    assert.equal(row.contextValue, "hfs.deletedSession");
    assert.equal(row.command, undefined);
    assert.match(String(row.tooltip), /^First\nDeleted: .*20\d\d/);
    const group = (await view.getChildren()).at(-1);
    assert.equal(group?.description, "1");
    forget();
    await run("hfs.deleteRow", row);
    assert.equal(count(), 0);
  });

  it("leaves an empty store its words of welcome", async () => {
    const rows = await rowsIn("Older");
    await run("hfs.deleteRow", rows[0], rows);
    await until(async () => (await view.getChildren()).length === 0);
  });

  it("says once what failed, and what was done nevertheless stays done", async () => {
    const rows = await rowsIn("Older");
    const gone = rows.find(({ label }) => label === "Second");
    sql(store, "DELETE FROM sessions WHERE name = 'Second'");
    await run("hfs.deleteRow", gone);
    const { how, message } = await only();
    assert.equal(how, "showErrorMessage");
    assert.match(message, /^The store has no session \d+/);
    forget();
    await run("hfs.deleteRow", rows[0], rows);
    assert.equal((await only()).message, "Deleted 2 sessions.");
  });

  it("pages through many deleted sessions", async () => {
    const range = "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 69)";
    sql(
      store,
      `${range} INSERT INTO sessions (id, name, created_at)
       SELECT i, 'Many ' || i, '2026-01-01 10:00:00.000000' FROM n`,
    );
    view.refresh();
    await until(async () => (await rowsIn("Older")).length === 51);
    view.showMore("date:older");
    const rows = await rowsIn("Older");
    await run("hfs.deleteRow", rows[0], rows.slice(1, 61));
    await until(async () => (await rowsIn("Deleted")).length === 51);
    const group = (await view.getChildren()).at(-1);
    assert.equal(group?.description, "50+");
    const more = (await rowsIn("Deleted")).at(-1);
    view.showMore(String(more?.command?.arguments?.[0]));
    assert.equal((await rowsIn("Deleted")).length, 60);
  });
});
