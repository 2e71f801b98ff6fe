import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Match, SearchResult } from "../../src/server/protocol";
import type { ImportSummary } from "../../src/sessions/importing";
import { keepNotifications, only } from "./notifications";
import { keepPicks, labels, loaded, shown } from "./picks";
import {
  closeAll,
  execute,
  failureOf,
  root,
  sleep,
  tabs,
  timed,
  until,
  useRealServer,
  useStandIn,
} from "./world";

const NAME = "Fix $(bug) in\nthe parser";

describe("a search", () => {
  keepNotifications();
  keepPicks();

  let ids: number[];

  before(async () => {
    await useRealServer();
    ids = [
      await add(NAME, "claude-code", "/w/web", "parser"),
      await add("Other", "codex", "/w/api"),
    ];
    await until(async () => (await found("zanzibar")).isComplete);
  });

  afterEach(async () => {
    await execute("workbench.action.closeQuickOpen");
    await closeAll();
  });

  after(() => execute("hfs.clearSearch"));

  /** A session of thirty messages, of which the twentieth speaks of Zanzibar. */
  const add = async (name: string, tool: string, directory: string, more = "") => {
    const messages = Array.from({ length: 30 }, (_, n) => ({
      role: n % 2 === 0 ? "user" : "assistant",
      content:
        n === 19 ? `Much text\n\n${"Lines\n\n".repeat(40)}Off to Zanzibar ${more}` : `No. ${n}`,
      created_at: `2026-02-01T10:${10 + n}:00Z`,
    }));
    const metadata = {
      schema_version: "1.1.0",
      session_name: name,
      working_directory: directory,
      source: { tool },
    };
    const file = join(root, "notes", `search-${tool}.json`);
    writeFileSync(
      file,
      JSON.stringify({ metadata, messages, checkpoints: [], run_snapshot: null }),
    );
    return (await execute<ImportSummary>("hfs.importSession", file)).sessions[0]?.id ?? 0;
  };

  const found = (query: string) => execute<SearchResult>("hfs.searchSessions", { query });

  const searching = async (query: string) => {
    const chosen = execute<Match | undefined>("hfs.searchSessions", query);
    return { chosen, picked: await loaded() };
  };

  const selectedText = () => {
    const editor = vscode.window.activeTextEditor;
    return editor?.document.getText(editor.selection);
  };

  it("shows what is found while one types, newest session first, in safe words", async () => {
    const { picked } = await searching("");
    assert.deepEqual(labels(picked), ["Type words of what was said"]);
    picked.pick.value = "off zanzi";
    await until(() => picked.pick.items.length === 2);
    const row = picked.pick.items.find(({ label }) => label.startsWith("Fix"));
    assert.equal(row?.label, "Fix \\$(bug) in the parser");
    assert.match(row?.description ?? "", /^Claude Code · web · .*2026/);
    assert.match(row?.detail ?? "", /^[^\n]*Off to Zanzibar parser$/);
    picked.pick.value = "nothing of the kind";
    await until(() => labels(picked)[0]?.startsWith("No session has") ?? false);
    assert.deepEqual(labels(picked), ["No session has “nothing of the kind”"]);
  });

  it("opens the session at the very message, with what was found selected", async () => {
    const { picked, chosen } = await searching("zanzibar parser");
    assert.equal(picked.pick.items.length, 1);
    await timed("search: accept to message", async () => {
      await execute("workbench.action.acceptSelectedQuickOpenItem");
      await chosen;
      await until(() => selectedText() === "Zanzibar parser");
    });
    assert.equal((await chosen)?.messageIndex, 20);
    const editor = vscode.window.activeTextEditor;
    const line = editor?.selection.start.line ?? 0;
    const before = editor?.document.getText(new vscode.Range(0, 0, line, 0)) ?? "";
    assert.match(before, /### 20\. Assistant/);
    assert.doesNotMatch(before, /### 21\. /);
    await until(
      () => editor?.visibleRanges.some((range) => range.contains(editor.selection)) ?? false,
    );
  });

  it("has buttons on each row that open the session, its preview and an export of it", async () => {
    const titles = ["Open as Markdown", "Open Preview", "Export as Markdown"];
    const ends = [
      () => selectedText() === "Zanzibar parser",
      () => tabs().some(({ input }) => input instanceof vscode.TabInputWebview),
      () => vscode.window.activeTextEditor?.document.uri.scheme === "file",
    ];
    for (const [n, end] of ends.entries()) {
      execute("hfs.searchSessions", "zanzibar parser");
      const { pick, pressOn } = await loaded(n);
      const [row] = pick.items;
      assert.deepEqual(
        row?.buttons?.map(({ tooltip }) => tooltip),
        titles,
      );
      pressOn(row as vscode.QuickPickItem, row?.buttons?.[n] as vscode.QuickInputButton);
      await timed(`search: button ${titles[n]}`, () => until(end));
      await closeAll();
    }
  });

  /** Checks the rows, once VS Code has shown what was checked before. */
  const choose = (pick: vscode.QuickPick<vscode.QuickPickItem>, rows: unknown[]) =>
    until(async () => {
      pick.selectedItems = rows as vscode.QuickPickItem[];
      await sleep(200);
      return pick.selectedItems.length === rows.length;
    });

  it("is filtered by tool and project, and says so", async () => {
    const { picked } = await searching("zanzibar");
    assert.equal(picked.pick.items.length, 2);
    const [filter] = picked.pick.buttons;
    picked.press(filter as vscode.QuickInputButton);
    const { pick } = await loaded(1);
    const row = (label: string) => pick.items.find((item) => item.label === label);
    assert.match(row("Codex")?.description ?? "", /^1 session$/);
    assert.match(row("api")?.description ?? "", /^\/w\/api · 1 session$/);
    await choose(pick, [row("Codex"), row("api")]);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    await until(() => labels(picked).join() === "Other");
    assert.equal(picked.pick.title, "Search Sessions · Codex · api");
    await execute("workbench.action.closeQuickOpen");
    execute("hfs.searchSessions");
    assert.equal((await loaded(2)).pick.title, "Search Sessions · Codex · api");
  });

  it("gives a caller what is found, and its failures", async () => {
    const { matches, isComplete } = await found("zanzibar parser");
    assert.ok(isComplete);
    const [match] = matches;
    assert.equal(match?.session.id, ids[0]);
    assert.equal(match?.uri, `hfs:/sessions/${ids[0]}.md#message-20`);
    const failing = execute("hfs.searchSessions", { query: "x", limit: 0 });
    assert.match((await failureOf(failing)).message, /limit/);
  });

  it("is led to by links to messages, in the session's own tab", async () => {
    const uri = vscode.Uri.parse(`hfs:/sessions/${ids[1]}/Other.md#message-21`);
    await execute("vscode.open", uri);
    await until(() => tabs().length === 1 && vscode.window.activeTextEditor !== undefined);
    await until(() => {
      const editor = vscode.window.activeTextEditor;
      const line = editor?.document.lineAt(editor.selection.active.line).text ?? "";
      return editor?.document.uri.fragment === "" && line.startsWith("### 21. User");
    });
    await until(() => tabs().length === 1);
  });

  it("finds the messages in the rendered preview", async () => {
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: ids[0], message: 20 });
    const source = await vscode.workspace.openTextDocument(uri);
    const html = await execute<string>("markdown.api.render", source);
    const targets = [...html.matchAll(/<div[^>]* id="message-(\d+)"[^>]* data-line="\d+"/g)];
    const numbers = Array.from({ length: 30 }, (_, n) => String(n + 1));
    assert.deepEqual(
      targets.map(([, number]) => number),
      numbers,
    );
  });

  it("of a server that cannot search is refused with the way to a newer one", async () => {
    await useStandIn("closed");
    await execute("hfs.searchSessions");
    const { message, buttons } = await only();
    assert.match(message, /cannot search/);
    assert.ok(buttons.includes("How to Upgrade"));
    await useRealServer();
  });

  describe("of a slow server", () => {
    const log = join(root, "messages.log");
    const searches = () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => /search|cancel/i.test(line));

    const start = async (mode: string) => {
      writeFileSync(log, "");
      await useStandIn(mode, { STANDIN_MESSAGES: log });
      execute("hfs.searchSessions", "");
      return shown();
    };

    it("is cancelled by the next keystroke, and never shown too late", async () => {
      const { pick } = await start("searching");
      for (const typed of ["a", "ab", "last"]) {
        pick.value = typed;
        await until(() => searches().includes(`hfs/search ${typed}*`));
      }
      await until(() => pick.items[0]?.label === "last*");
      assert.deepEqual(searches(), [
        "hfs/search a*",
        "$/cancelRequest",
        "hfs/search ab*",
        "$/cancelRequest",
        "hfs/search last*",
      ]);
      // The late answers were sent before this one.
      pick.value = "last2";
      await until(() => pick.items[0]?.label === "last2*");
      assert.equal(pick.items.length, 1);
    });

    it("says that the index is being built, and goes on until it is", async () => {
      const { pick } = await start("indexing");
      pick.value = "last";
      await until(() => /the index is being built/.test(pick.title ?? ""));
      assert.equal(pick.items[0]?.label, "last*");
      assert.ok(pick.busy);
      await until(() => pick.title === "Search Sessions");
      assert.ok(!pick.busy);
      assert.equal(searches().filter((line) => line.startsWith("hfs/search")).length, 3);
    });
  });
});
