import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { FileEdit, SessionsOfFileResult } from "../../src/server/protocol";
import type { ImportSummary } from "../../src/sessions/importing";
import { keepNotifications, only } from "./notifications";
import { keepPicks, labels, loaded } from "./picks";
import {
  api,
  closeAll,
  configure,
  execute,
  failureOf,
  root,
  sleep,
  tabs,
  until,
  useRealServer,
  useStandIn,
} from "./world";

const workspace = join(root, "notes");
const uri = vscode.Uri.file(join(workspace, "wrote/login.ts"));
const LINES = ["export function login() {", "  return retry(attempt, 3);", "}", "// by hand 42"];

describe("who wrote a file", () => {
  keepNotifications();
  keepPicks();

  before(async () => {
    mkdirSync(join(workspace, "wrote"), { recursive: true });
    writeFileSync(uri.fsPath, `${LINES.join("\n")}\n`);
    await useRealServer();
    await add("Write the login", [["Write", { file_path: uri.fsPath, content: LINES[0] }]]);
    await add("Retry it", [
      ["Edit", { file_path: uri.fsPath, old_string: "return 0;", new_string: LINES[1] }],
      ["Edit", { file_path: uri.fsPath, old_string: "a", new_string: "const more = 1;" }],
    ]);
    await until(async () => (await edits({})).edits.length === 3);
  });

  afterEach(async () => {
    await execute("workbench.action.closeQuickOpen");
    await closeAll();
  });

  after(() => configure({ annotate: undefined }));

  let hours = 10;

  /** A session in which a prompt was followed by these calls. */
  const add = async (name: string, calls: [string, object][]) => {
    const created_at = `2026-02-01T${++hours}:00:00Z`;
    const called = calls.map(([tool, input], n) => ({
      role: "assistant",
      content: "",
      created_at,
      model: "claude-opus-4-7",
      tool_calls: [{ id: `${n}`, name: tool, input }],
    }));
    const metadata = {
      schema_version: "1.1.0",
      session_name: name,
      source: { tool: "claude-code" },
      working_directory: workspace,
    };
    const messages = [{ role: "user", content: `Please: ${name}`, created_at }, ...called];
    const file = join(root, `wrote-${hours}.json`);
    const document = { metadata, messages, checkpoints: [], run_snapshot: null };
    writeFileSync(file, JSON.stringify(document));
    await execute<ImportSummary>("hfs.importSession", file);
  };

  const edits = (more: object) =>
    execute<SessionsOfFileResult>("hfs.sessionsOfFile", { uri: uri.toString(), ...more });

  const openAt = async (line: number) => {
    const editor = await vscode.window.showTextDocument(uri);
    editor.selection = new vscode.Selection(line, 0, line, 0);
    return editor;
  };

  it("is listed by session, newest first, with what was done, when, how and why", async () => {
    await openAt(0);
    const answered = execute<FileEdit>("hfs.sessionsOfFile");
    const picked = await loaded();
    assert.equal(picked.pick.title, "Sessions of wrote/login.ts");
    assert.deepEqual(labels(picked), ["Retry it", "Write the login"]);
    const [newer, older] = picked.pick.items;
    const facts = / · .*2026.* · Claude Code · claude-opus-4-7$/;
    assert.match(newer?.description ?? "", /^edited it 2 times/);
    assert.match(newer?.description ?? "", facts);
    assert.equal(newer?.detail, "“Please: Retry it”");
    assert.match(older?.description ?? "", /^created it/);
    await execute("workbench.action.quickOpenSelectNext");
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    assert.equal((await answered).session.name, "Write the login");
    await until(() => {
      const editor = vscode.window.activeTextEditor;
      const line = editor?.document.lineAt(editor.selection.active.line).text ?? "";
      return line.startsWith("### 2. Assistant");
    });
  });

  it("is known for the line at the cursor, as it is in the editor", async () => {
    const editor = await openAt(3);
    const inserted = `\t${LINES[1]} \n`;
    await editor.edit((edit) => edit.insert(new vscode.Position(3, 0), inserted));
    editor.selection = new vscode.Selection(3, 2, 3, 2);
    const answered = execute<FileEdit>("hfs.whoWroteLine");
    const picked = await loaded();
    assert.equal(picked.pick.title, "Sessions That Wrote Line 4 of wrote/login.ts");
    assert.deepEqual(labels(picked), ["Retry it"]);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    assert.equal((await answered).messageIndex, 2);
    await until(() => {
      const now = vscode.window.activeTextEditor;
      return (
        now?.document.uri.scheme === "hfs" &&
        now.document.getText(now.selection) === LINES[1]?.trim()
      );
    });
    // It may have been saved by itself.
    const again = await vscode.window.showTextDocument(uri);
    await again.edit((edit) => edit.delete(new vscode.Range(3, 0, 4, 0)));
    await again.document.save();
  });

  it("is known for the line beside whose number the menu was opened", async () => {
    await openAt(3);
    execute("hfs.whoWroteLine", { lineNumber: 1, uri });
    assert.deepEqual(labels(await loaded()), ["Write the login"]);
  });

  for (const [what, line, sentence] of [
    ["a line that no session wrote", 3, /^No session is known that wrote line 4 of [^ ]+\.$/],
    ["a line that is too common", 2, /wrote line 3 of .* too many files\.$/],
  ] as const) {
    it(`is not known for ${what}, which is said`, async () => {
      await openAt(line);
      const picked = loaded().then(labels, () => undefined);
      const answer = execute("hfs.whoWroteLine");
      assert.equal(await Promise.race([answer, picked]), undefined);
      assert.match((await only()).message, sentence);
    });
  }

  it("is asked of files on this machine only", async () => {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: "x" }));
    await execute("hfs.whoWroteLine");
    assert.match((await only()).message, /^Open a file first/);
  });

  it("is told to a caller, who gets failures too", async () => {
    const one = await execute<SessionsOfFileResult>("hfs.whoWroteLine", {
      uri: uri.toString(),
      line: 1,
    });
    assert.deepEqual(
      one.edits.map(({ session, kind }) => [session.name, kind]),
      [["Retry it", "edit"]],
    );
    assert.deepEqual((await edits({ kinds: ["create"] })).edits.length, 1);
    assert.match((await failureOf(edits({ line: -1 }))).message, /line/);
  });

  it("of a server that cannot tell is refused with the way to a newer one", async () => {
    await openAt(0);
    await useStandIn("closed");
    await execute("hfs.whoWroteLine");
    const { message, buttons } = await only();
    assert.match(message, /does not know/);
    assert.ok(buttons.includes("How to Upgrade"));
  });

  describe("in annotations", () => {
    const hovers = async (line: number) => {
      const position = new vscode.Position(line, 3);
      const found = await execute<vscode.Hover[]>("vscode.executeHoverProvider", uri, position);
      return found.flatMap(({ contents }) =>
        contents.map((one) => (typeof one === "string" ? one : one.value)),
      );
    };
    const lenses = () => execute<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri);

    it("is a hover, a lens and an action, whose commands lead to the sessions", async () => {
      const store = await useRealServer();
      await configure({ annotate: true });
      await openAt(0);
      await until(() => api().serverPid !== undefined);
      await add("Annotated", [["Write", { file_path: uri.fsPath, content: LINES.join("\n") }]]);
      await until(async () => (await hovers(1)).join().includes("Annotated"));
      const [text = ""] = await hovers(1);
      assert.match(text, /Claude Code, claude-opus-4-7.*> Please: Annotated/s);
      const [, link = ""] = /\]\(command:hfs\.openSession\?(\S+)\)/.exec(text) ?? [];
      await execute("hfs.openSession", ...JSON.parse(decodeURIComponent(link)));
      await until(() => tabs().some(({ label }) => label.endsWith(".md")));
      await until(async () => (await lenses()).length === 1);
      const [lens] = await lenses();
      assert.match(lens?.command?.title ?? "", /1 AI session/);
      const range = new vscode.Range(0, 0, 0, 0);
      const actions = await execute<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        uri,
        range,
      );
      const action = actions.find(({ title }) => title.includes("AI sessions"));
      for (const [n, command] of [lens?.command, action?.command].entries()) {
        assert.equal(command?.command, "hfs.sessionsOfFile");
        execute(command?.command ?? "", ...(command?.arguments ?? []));
        assert.deepEqual(labels(await loaded(n)), ["Annotated"]);
        await execute("workbench.action.closeQuickOpen");
      }
      await configure({ annotate: undefined });
      await until(async () => (await lenses()).length === 0);
      assert.deepEqual(await hovers(1), []);
      assert.ok(store);
    });

    it("sends no document while the setting is off, and no others while it is on", async () => {
      const log = join(root, "annotations.log");
      const sent = () =>
        readFileSync(log, "utf8")
          .split("\n")
          .filter((line) => line.startsWith("textDocument/"));
      await openAt(0);
      writeFileSync(log, "");
      await useStandIn("annotating", { STANDIN_MESSAGES: log });
      await execute("hfs.listSessions", {});
      await sleep(1000);
      assert.deepEqual(sent(), []);
      await configure({ annotate: true });
      await until(() => sent().includes("textDocument/didOpen"));
      const editor = await openAt(0);
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// "));
      await until(() => sent().includes("textDocument/didChange"));
      const before = sent().filter((line) => line === "textDocument/didOpen").length;
      await vscode.workspace.openTextDocument({ content: "untitled" });
      assert.equal(sent().filter((line) => line === "textDocument/didOpen").length, before);
    });
  });
});
