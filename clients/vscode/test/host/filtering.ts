import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import { Server } from "../../src/server/client";
import { DELETE_SESSION, IMPORT } from "../../src/server/protocol";
import { NO_FILTER } from "../../src/sessions/filter";
import { filterSessions } from "../../src/sessions/filterBox";
import { GroupRow } from "../../src/sessions/rows";
import { SessionsView } from "../../src/sessions/view";
import { keepPicks, shown } from "./picks";
import { execute, server as program, root, until } from "./world";

/** A view of its own, on a server and a store of its own; VS Code shows only the other one. */
describe("the filter of the view", () => {
  let server: Server;
  let view: SessionsView;
  let log: vscode.LogOutputChannel;
  const tree: { description?: string; message?: string } = {};
  const { createTreeView, executeCommand } = {
    createTreeView: vscode.window.createTreeView,
    executeCommand: vscode.commands.executeCommand,
  };
  const contexts = new Map<string, unknown>();

  keepPicks();

  before(async () => {
    const store = join(root, "filtering", "sessions.db");
    mkdirSync(dirname(store), { recursive: true });
    log = vscode.window.createOutputChannel("Filtering", { log: true });
    const found = { path: program, version: "0.1.0", source: "workspace" } as const;
    const initializationOptions = { databasePath: store };
    const launch = { args: [], env: process.env, cwd: root, initializationOptions };
    server = new Server(async () => ({ server: found, ...launch }), log);
    set(vscode.window, "createTreeView", () => Object.assign(tree, { dispose: () => {} }));
    view = new SessionsView(server);
    set(vscode.window, "createTreeView", createTreeView);
    set(vscode.commands, "executeCommand", (id: string, ...given: unknown[]) => {
      if (id === "setContext") {
        contexts.set(String(given[0]), given[1]);
      }
      return executeCommand(id, ...given);
    });
    await group("tool");
    await add("Fix the login", "/w/web", "claude-code");
    await add("Login again", "/w/web/src", "codex");
    await add("Something else", "/w/api", "codex");
    await add("Deleted login", "/w/web", "hfs");
    const { sessionId } = await idOf("Deleted login");
    await server.request(DELETE_SESSION, { sessionId });
    await until(async () => (await groups()).length === 3);
  });

  beforeEach(() => view.setFilter(NO_FILTER));

  after(async () => {
    set(vscode.commands, "executeCommand", executeCommand);
    await execute("workbench.action.closeQuickOpen");
    view.dispose();
    await server.dispose();
    log.dispose();
    await group(undefined);
  });

  const set = (object: object, name: string, value: unknown) =>
    Object.defineProperty(object, name, { value, configurable: true });

  const group = (by: string | undefined) =>
    vscode.workspace
      .getConfiguration("hfs")
      .update("groupBy", by, vscode.ConfigurationTarget.Workspace);

  const add = (name: string, directory: string, tool: string) => {
    const metadata = {
      schema_version: "1.1.0",
      session_name: name,
      session_id: name,
      working_directory: directory,
      source: { tool },
    };
    const messages = [{ role: "user", content: name, created_at: "2026-02-01T10:00:00Z" }];
    return server.request(IMPORT, { content: JSON.stringify({ metadata, messages }) });
  };

  const idOf = async (name: string) => {
    const { sessions } = await server.request("hfs/listSessions", { query: name });
    return { sessionId: sessions[0]?.id ?? assert.fail(name) };
  };

  const groups = async () => {
    view.refresh();
    return await view.getChildren();
  };

  /** The label of each group, with those of its rows. */
  const shownRows = async () =>
    Promise.all(
      (await view.getChildren()).map(async (row) => [
        String(row.label),
        ...(row instanceof GroupRow
          ? (await view.getChildren(row)).map(({ label }) => String(label))
          : []),
      ]),
    );

  it("shows what fits, in open groups, and says so in the title of the view", async () => {
    await filterSessions(view, { text: "login" });
    assert.deepEqual(await shownRows(), [
      ["Codex", "Login again"],
      ["Claude Code", "Fix the login"],
    ]);
    const { Expanded } = vscode.TreeItemCollapsibleState;
    for (const row of await view.getChildren()) {
      assert.equal(row.collapsibleState, Expanded);
      assert.equal(row.description, "1");
    }
    assert.equal(tree.description, "“login”");
    assert.equal(contexts.get("hfs.hasFilter"), true);
    await filterSessions(view, { tools: ["codex"], projects: ["/w/web"] });
    assert.deepEqual(await shownRows(), [["Codex", "Login again"]]);
    assert.equal(tree.description, "Codex · web");
    view.setFilter(NO_FILTER);
    assert.equal((await shownRows()).length, 3);
    assert.equal(tree.description, "");
    assert.equal(contexts.get("hfs.hasFilter"), false);
  });

  it("says so where nothing fits, and keeps the filter while the store changes", async () => {
    await filterSessions(view, { text: "zebra" });
    assert.deepEqual(await shownRows(), []);
    assert.equal(tree.message, "No session fits the filter.");
    await add("A zebra", "/w/zoo", "codex");
    await until(async () => {
      view.refresh();
      return (await shownRows()).length === 1;
    });
    assert.equal(tree.message, "");
    await server.request(DELETE_SESSION, await idOf("A zebra"));
  });

  it("follows what is typed and checked, and Escape brings back what was there", async () => {
    const filtering = filterSessions(view, undefined);
    const { pick } = await shown();
    const row = (label: string) => pick.items.find((one) => one.label === label) ?? assert.fail();
    assert.match(row("Codex").description ?? "", /sessions?$/);
    assert.match(row("web").description ?? "", /^\/w\/web · 1 session$/);
    pick.value = "else";
    await until(() => view.filter.text === "else");
    pick.selectedItems = [row("Codex")];
    await until(() => view.filter.tools.length === 1);
    assert.equal(tree.description, "“else” · Codex");
    await execute("workbench.action.closeQuickOpen");
    assert.deepEqual(await filtering, NO_FILTER);
    assert.equal(tree.description, "");
  });

  it("stays when it is accepted, and is there to change it the next time", async () => {
    const filtering = filterSessions(view, undefined);
    const { pick } = await shown();
    pick.value = "login";
    await until(() => view.filter.text === "login");
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    assert.equal((await filtering).text, "login");
    const changing = filterSessions(view, undefined);
    const next = await shown(1);
    assert.equal(next.pick.value, "login");
    const [clear] = next.pick.buttons;
    assert.equal(clear?.tooltip, "Clear Filter");
    await execute("workbench.action.closeQuickOpen");
    assert.equal((await changing).text, "login");
  });

  it("takes nothing from callers that is no filter", async () => {
    for (const given of [{}, { text: 5, tools: "codex", projects: [1, null] }, { x: 1 }]) {
      assert.deepEqual(await filterSessions(view, given), NO_FILTER);
    }
  });

  it("is a command, and so is clearing it", async () => {
    assert.deepEqual(await execute("hfs.filterSessions", { tools: ["codex"] }), {
      ...NO_FILTER,
      tools: ["codex"],
    });
    await execute("hfs.clearFilter");
    assert.deepEqual(await execute("hfs.filterSessions", {}), NO_FILTER);
  });
});
