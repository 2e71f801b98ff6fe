import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { CopyCommand } from "../../src/copying/command";
import { Messages } from "../../src/messages";
import { MatchRow } from "../../src/search/resultRows";
import { SearchResults } from "../../src/search/results";
import { Server } from "../../src/server/client";
import { IMPORT, SEARCH } from "../../src/server/protocol";
import { server as program, root, until } from "./world";

describe("the view of search results", () => {
  let server: Server;
  let view: SearchResults;
  let log: vscode.LogOutputChannel;
  const tree: { message?: string; dispose: () => void } = { dispose: () => {} };
  const { createTreeView } = vscode.window;
  const set = (value: unknown) =>
    Object.defineProperty(vscode.window, "createTreeView", { value, configurable: true });

  /** A view of its own, on a server and a store of its own; VS Code shows only the other one. */
  before(async () => {
    const folder = join(root, "search-results");
    mkdirSync(folder);
    log = vscode.window.createOutputChannel("Results", { log: true });
    const found = { path: program, version: "0.1.0", source: "workspace" } as const;
    const initializationOptions = { databasePath: join(folder, "sessions.db") };
    const launch = { args: [], env: process.env, cwd: root, initializationOptions };
    server = new Server(async () => ({ server: found, ...launch }), log);
    set(() => tree);
    view = new SearchResults(server);
    set(createTreeView);
    for (const [name, count] of [
      ["Often", 45],
      ["Once", 1],
    ] as const) {
      const messages = Array.from({ length: count }, (_, n) => ({
        role: "user",
        content: `${name}, the word ${n}: Sansibar`,
        created_at: "2026-02-01T10:00:00Z",
      }));
      await server.request(IMPORT, { content: JSON.stringify({ messages }), name });
    }
    await until(async () => (await server.request(SEARCH, { query: "sansibar" })).isComplete);
  });

  after(async () => {
    view.dispose();
    await server.dispose();
    log.dispose();
    await vscode.commands.executeCommand("setContext", "hfs.hasSearch", false);
  });

  const labels = (rows: readonly vscode.TreeItem[]) => rows.map(({ label }) => label);

  it("has the sessions, and below each what was found in it, page by page, to be copied", async () => {
    await view.show({ query: "sansibar", isTyping: false, filters: { tools: [] } });
    const rows = await view.getChildren();
    assert.deepEqual(labels(rows).toSorted(), ["Often", "Once"]);
    assert.equal(tree.message, "“sansibar” · 2 sessions");
    const often = rows.find(({ label }) => label === "Often") as vscode.TreeItem;
    assert.equal(often.collapsibleState, vscode.TreeItemCollapsibleState.Expanded);
    const inOften = async () => {
      const all = await view.getChildren(often);
      return all.filter((row) => row instanceof MatchRow);
    };
    assert.equal((await inOften()).length, 20);
    const more = (await view.getChildren(often)).at(-1);
    assert.equal(more?.command?.command, "hfs.showMoreMatches");
    await view.showMore(more?.command?.arguments?.[0]);
    assert.equal((await inOften()).length, 40);
    await view.showMore(more?.command?.arguments?.[0]);
    const all = await inOften();
    assert.equal(all.length, 45);
    const copy = new CopyCommand(server, new Messages(log, {})).all()["hfs.copyMatch"];
    const row = all.find((one) => one instanceof MatchRow && one.match.messageIndex === 7);
    assert.equal(await copy?.(row), "Often, the word 6: Sansibar");
    const label = all[0]?.label as vscode.TreeItemLabel;
    assert.equal(label.label.slice(...(label.highlights?.[0] ?? [0, 0])), "Sansibar");
  });

  it("searches again when asked, and goes when cleared", async () => {
    const content = JSON.stringify({ messages: [{ role: "user", content: "Sansibar again" }] });
    await server.request(IMPORT, { content, name: "Third" });
    await until(async () => (await server.request(SEARCH, { query: "again" })).matches.length > 0);
    assert.equal((await view.getChildren()).length, 2);
    view.refresh();
    assert.equal((await view.getChildren()).length, 3);
    view.clear();
    assert.deepEqual(await view.getChildren(), []);
    assert.equal(view.shown, undefined);
  });

  it("says what failed, with a row to try again", async () => {
    await view.show({
      query: "sansibar",
      isTyping: false,
      filters: { tools: ["no such tool!"], project: "\u0000" },
    });
    const [row, ...others] = await view.getChildren();
    assert.deepEqual(others, []);
    assert.equal(row?.command?.command, "hfs.refreshSearch");
  });
});
