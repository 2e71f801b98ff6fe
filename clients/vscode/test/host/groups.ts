import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import { Server } from "../../src/server/client";
import { IMPORT } from "../../src/server/protocol";
import { GroupRow, SessionRow } from "../../src/sessions/rows";
import { SessionsView } from "../../src/sessions/view";
import { server as program, root, sql, timed, until } from "./world";

const MANY = 10_000;

describe("the groups of the view", () => {
  let store: string;
  let server: Server;
  let view: SessionsView;
  let log: vscode.LogOutputChannel;
  let stores = 0;
  const { createTreeView } = vscode.window;

  /** A view of its own, on a server and a store of its own; VS Code shows only the other one. */
  beforeEach(() => {
    store = join(root, `groups-${++stores}`, "sessions.db");
    mkdirSync(dirname(store), { recursive: true });
    log = vscode.window.createOutputChannel("Groups", { log: true });
    const found = { path: program, version: "0.1.0", source: "workspace" } as const;
    const initializationOptions = { databasePath: store };
    const launch = { args: [], env: process.env, cwd: root, initializationOptions };
    server = new Server(async () => ({ server: found, ...launch }), log);
    set(() => ({ dispose: () => {} }));
    view = new SessionsView(server);
    set(createTreeView);
  });

  afterEach(async () => {
    view.dispose();
    await server.dispose();
    log.dispose();
  });

  after(() => group(undefined));

  const set = (value: unknown) =>
    Object.defineProperty(vscode.window, "createTreeView", { value, configurable: true });

  const group = (by: string | undefined) =>
    vscode.workspace
      .getConfiguration("hfs")
      .update("groupBy", by, vscode.ConfigurationTarget.Workspace);

  const add = (name: string, directory: string | null, createdAt: string, more: object = {}) => {
    const metadata = {
      schema_version: "1.1.0",
      session_name: name,
      ...(directory !== null && { working_directory: directory }),
      ...more,
    };
    const messages = [{ role: "user", content: name, created_at: createdAt }];
    const content = JSON.stringify({ metadata, messages, checkpoints: [], run_snapshot: null });
    return server.request(IMPORT, { content });
  };

  /** The rows when all sessions are known. */
  const rows = async (): Promise<vscode.TreeItem[]> => {
    let found: vscode.TreeItem[] = [];
    await until(async () => {
      view.refresh();
      found = await view.getChildren();
      return found.every((row) => !(row instanceof GroupRow) || /^[\d,]+/.test(descriptionOf(row)));
    });
    return found;
  };

  const descriptionOf = (row: vscode.TreeItem) => String(row.description ?? "");
  const labels = (items: readonly vscode.TreeItem[]) => items.map(({ label }) => String(label));

  /** Every group's label, with the labels of the rows in it. */
  const tree = async () =>
    Promise.all(
      (await rows()).map(async (row) => [
        String(row.label),
        ...(row instanceof GroupRow ? labels(await view.getChildren(row)) : []),
      ]),
    );

  const now = Date.now();
  const ago = (hours: number) => new Date(now - 3_600_000 * hours).toISOString();

  it("are projects, tools, dates or none, with those of the workspace first", async () => {
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    await add("Of the past", "/w/api", ago(24 * 500), { source: { tool: "codex" } });
    await add("Of the workspace", join(workspace, "src"), ago(24 * 400));
    await add("Of now", "/w/web", ago(0), { source: { tool: "claude-code" } });
    await add("Nowhere", null, ago(0));
    const own = ["This Workspace", "Of the workspace"];
    await group("date");
    assert.deepEqual(await tree(), [own, ["Today", "Nowhere", "Of now"], ["Older", "Of the past"]]);
    await group("none");
    assert.deepEqual(await tree(), [own, ["Nowhere"], ["Of now"], ["Of the past"]]);
    await group("tool");
    assert.deepEqual(await tree(), [
      own,
      ["HFS", "Nowhere"],
      ["Claude Code", "Of now"],
      ["Codex", "Of the past"],
    ]);
    await group("project");
    assert.deepEqual(await tree(), [
      ["notes", "Of the workspace"],
      ["web", "Of now"],
      ["api", "Of the past"],
      ["No Folder", "Nowhere"],
    ]);
    const [first, second] = await rows();
    const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
    assert.deepEqual([first?.collapsibleState, second?.collapsibleState], [Expanded, Collapsed]);
    assert.deepEqual([second?.description, second?.tooltip], ["1 · /w/web", "/w/web"]);
  });

  it("follow the store", async () => {
    await group("date");
    await add("First", null, ago(0));
    assert.deepEqual(await tree(), [["Today", "First"]]);
    await add("Second", null, ago(24 * 500));
    assert.deepEqual(await tree(), [
      ["Today", "First"],
      ["Older", "Second"],
    ]);
  });

  it("have ten thousand sessions, each once, and show them page by page", async () => {
    await server.start();
    await server.request("hfs/listSessions", {});
    await server.stop();
    sql(
      store,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})
       INSERT INTO sessions (id, name, created_at)
       SELECT i, 'Session ' || i, datetime('now', '-' || i || ' hours') || '.000000' FROM n;`,
    );
    await group("tool");
    const [some] = await timed("view: the first sessions of 10,000", () => {
      view.refresh();
      return Promise.resolve(view.getChildren());
    });
    assert.ok(some instanceof GroupRow);
    const all = await timed("view: all groups of 10,000 sessions", rows);
    assert.deepEqual(all.map(descriptionOf), ["10,000"]);
    await group("date");
    const regrouped = () => Promise.resolve(view.getChildren());
    const groups = await timed("view: grouped in another way", regrouped);
    const ids: number[] = [];
    for (const row of groups) {
      assert.ok(row instanceof GroupRow);
      ids.push(...(await idsIn(row)));
    }
    assert.equal(ids.length, MANY);
    assert.equal(new Set(ids).size, MANY);
    assert.deepEqual(
      ids,
      ids.toSorted((one, other) => one - other),
    );
  });

  /** The sessions of a group, after pressing “Show More” to its end. */
  const idsIn = async (row: GroupRow): Promise<number[]> => {
    let children = (await view.getChildren(row)) ?? [];
    assert.ok(children.length <= 51);
    for (let more = children.at(-1); more?.command?.command === "hfs.showMoreSessions"; ) {
      const before = children.length;
      view.showMore(String(more.command.arguments?.[0]));
      children = (await view.getChildren(row)) ?? [];
      assert.ok(children.length > before);
      more = children.at(-1);
    }
    return children.map((child) => (child instanceof SessionRow ? child.session.id : -1));
  };
});
