import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import type { ExportResult } from "../../src/server/protocol";
import type { ImportSummary } from "../../src/sessions/importing";
import { keepPicks, labels, loaded } from "./picks";
import {
  closeAll,
  execute,
  previews,
  root,
  sql,
  tabs,
  textTab,
  until,
  useRealServer,
} from "./world";

const PROMPTS = ["Find the slow query", "Mend it, please"];

describe("the tab of a session", () => {
  keepPicks();

  let store: string;
  let parent: number;
  let child: number;

  const add = async (metadata: object, messages: object[]) => {
    const created_at = "2026-02-01T10:00:00Z";
    const document = {
      metadata: { schema_version: "1.1.0", source: { tool: "claude-code" }, ...metadata },
      messages: messages.map((one) => ({ created_at, ...one })),
      checkpoints: [],
      run_snapshot: null,
    };
    const file = join(root, "tab.json");
    writeFileSync(file, JSON.stringify(document));
    const summary = await execute<ImportSummary>("hfs.importSession", file);
    return summary.sessions[0]?.id ?? 0;
  };
  const call = (id: string, name: string, input: object) => ({
    role: "assistant",
    content: "",
    tool_calls: [{ id, name, input }],
  });
  const result = (id: string, content: string) => ({ role: "tool", content, tool_call_id: id });

  before(async () => {
    store = await useRealServer();
    await execute("hfs.listSessions", {});
    // VS Code keeps documents of other suites for a while, under the first numbers.
    sql(
      store,
      "INSERT INTO sessions (id, name, created_at) VALUES (700, 'x', '2020-01-01 00:00:00')",
    );
    parent = await add({ session_id: "tab:parent", session_name: "The parent" }, [
      { role: "user", content: PROMPTS[0] },
      call("1", "Bash", { command: "explain query" }),
      result("1", "Seq Scan\non users\nin 3 s"),
      { role: "user", content: PROMPTS[1] },
      { role: "assistant", content: "An index helps." },
    ]);
    const metadata = { session_id: "tab:child", parent_session_id: "tab:parent" };
    child = await add({ ...metadata, session_name: "The *child*" }, [
      { role: "user", content: "Read the logs" },
    ]);
  });

  beforeEach(closeAll);

  after(async () => {
    await closeAll();
    await prefer(undefined);
  });

  const prefer = (how: string | undefined) =>
    vscode.workspace
      .getConfiguration("hfs")
      .update("openSessions", how, vscode.ConfigurationTarget.Workspace);

  const open = async (more: object = {}) => {
    const uri = await execute<vscode.Uri>("hfs.openSession", {
      sessionId: parent,
      name: "The parent",
      ...more,
    });
    await until(() =>
      active()
        .getText()
        .includes(PROMPTS[1] ?? ""),
    );
    return uri;
  };
  const editor = () => vscode.window.activeTextEditor ?? assert.fail("no editor");
  const active = () => editor().document;
  const lineOf = (text: string) => active().positionAt(active().getText().indexOf(text)).line;
  const symbols = async (uri: vscode.Uri) =>
    execute<vscode.DocumentSymbol[]>("vscode.executeDocumentSymbolProvider", uri);
  const links = async (uri: vscode.Uri) =>
    execute<vscode.DocumentLink[]>("vscode.executeLinkProvider", uri, 100);

  it("has an outline by prompts, with the answers and tool calls below each", async () => {
    const uri = await open();
    const found = await symbols(uri);
    const ours = found.filter(({ name }) => /^\d+\. User: /.test(name));
    assert.deepEqual(
      ours.map(({ name }) => name),
      [`1. User: ${PROMPTS[0]}`, `4. User: ${PROMPTS[1]}`],
    );
    const [answer] = ours[0]?.children ?? [];
    assert.match(answer?.name ?? "", /^2\. Assistant/);
    assert.match(answer?.children[0]?.name ?? "", /^Bash: explain query/);
    assert.match(answer?.children[0]?.children[0]?.name ?? "", /^3\. Result/);
    assert.equal(ours[1]?.children[0]?.name, "5. Assistant: An index helps.");
  });

  it("goes to a prompt by its words", async () => {
    await open();
    await execute("workbench.action.quickOpen", "@mend it");
    await until(async () => {
      await execute("workbench.action.acceptSelectedQuickOpenItem");
      return editor().selection.active.line === lineOf("### 4. User");
    });
  });

  it("folds tool calls, one or all, and leaves the line that says what each is", async () => {
    await open();
    await until(() => editor().visibleRanges.length === 1);
    await execute("editor.foldAllMarkerRegions");
    await until(() => editor().visibleRanges.length === 2);
    const [above, below] = editor().visibleRanges;
    assert.equal(above?.end.line, lineOf("<summary><strong>Bash"));
    assert.equal(below?.start.line, lineOf("</details>") + 1);
    await execute("editor.unfoldAllMarkerRegions");
  });

  it("leads from a tool call to its result and back", async () => {
    const uri = await open();
    const found = await links(uri);
    const linkAt = (line: number, text: string) =>
      found.find(({ range }) => range.start.line === line && active().getText(range) === text);
    const [callLine, resultLine] = [lineOf("<summary><strong>Bash"), lineOf("*3. Result")];
    const there = linkAt(callLine, "Bash");
    const back = linkAt(resultLine, "3. Result");
    assert.equal(there?.target?.fragment, `L${resultLine + 1}`);
    assert.equal(back?.target?.fragment, `L${callLine + 1}`);
    await execute("vscode.open", there?.target);
    await until(() => editor().selection.active.line === resultLine);
    assert.deepEqual(
      tabs().map(({ label }) => label),
      ["The parent.md"],
    );
  });

  it("leads to a subagent and back, each in a tab with its name", async () => {
    const uri = await open();
    const named = (found: vscode.DocumentLink[], name: string) =>
      found.find(({ target }) => target?.path.endsWith(`/${name}.md`))?.target ?? assert.fail(name);
    await execute("vscode.open", named(await links(uri), "The child"));
    await until(() => active().uri.path.startsWith(`/sessions/${child}/`));
    const back = named(await links(active().uri), "The parent");
    await execute("vscode.open", back);
    await until(() => active().uri.toString() === uri.toString());
    assert.equal(tabs().length, 2);
  });

  it("leads there from its preview, too", async () => {
    const uri = await open();
    const html = await execute<string>(
      "markdown.api.render",
      await vscode.workspace.openTextDocument(uri),
    );
    const [, href = ""] = /href="([^"]*)"[^>]*>The/.exec(html) ?? [];
    const target = vscode.Uri.joinPath(uri, "..", decodeURIComponent(href));
    assert.ok(target.path.startsWith(`/sessions/${child}/The `), href);
  });

  it("is what a link without a name leads to, too", async () => {
    await execute("vscode.open", vscode.Uri.parse(`hfs:/sessions/${child}.md`));
    await until(() => active().uri.path.endsWith("/The child.md"));
    await until(() => tabs().length === 1);
    await execute("vscode.open", vscode.Uri.parse(`hfs:/sessions/${parent}.md#message-4`));
    await until(() => active().uri.path.endsWith("/The parent.md"));
    await until(() => editor().selection.active.line === lineOf("### 4. User"));
  });

  it("opens at a message that a person chooses, by its number or its words", async () => {
    await open();
    const opening = execute("hfs.openAtMessage");
    const picked = await loaded();
    assert.deepEqual(
      labels(picked).map((label) => label.replace(/^\$\(\w+\) /, "")),
      [
        `1. User: ${PROMPTS[0]}`,
        "2. Assistant",
        "3. Result: Bash",
        `4. User: ${PROMPTS[1]}`,
        "5. Assistant: An index helps.",
      ],
    );
    picked.pick.value = "3";
    await until(() => /3\. Result/.test(picked.pick.activeItems[0]?.label ?? ""));
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    await opening;
    assert.equal(editor().selection.active.line, lineOf("*3. Result"));
  });

  it("keeps the cursor, what is folded and the place while the session grows", async () => {
    await open();
    const insert = (text: string) =>
      sql(
        store,
        `INSERT INTO messages (session_id, role, content, created_at)
         VALUES (${parent}, 'user', '${text}', '2030-01-01 00:00:00.000000')`,
      );
    const place = active().positionAt(active().getText().indexOf("An index"));
    editor().selection = new vscode.Selection(place, place.translate(0, 8));
    editor().revealRange(new vscode.Range(0, 0, 0, 0), vscode.TextEditorRevealType.AtTop);
    await execute("editor.foldAllMarkerRegions");
    await until(() => editor().visibleRanges.length === 2);
    const [before] = editor().visibleRanges;
    for (const [n, text] of ["Thank you", "One more thing"].entries()) {
      insert(text);
      await until(() =>
        active()
          .getText()
          .includes(`**Messages:** ${6 + n}`),
      );
      assert.ok(active().getText().includes(text));
    }
    // The window reports each of these for itself, after the text.
    await until(() => active().getText(editor().selection) === "An index");
    await until(() => editor().visibleRanges.length === 2);
    await until(() => isDeepStrictEqual(editor().visibleRanges[0], before));
    await execute("editor.unfoldAll");
  });

  it("is a rendered preview where the setting says so, but for what is no Markdown", async () => {
    await prefer("preview");
    await execute("hfs.openSession", { sessionId: parent });
    await until(() => previews().length === 1);
    const json = await execute<vscode.Uri>("hfs.openSession", {
      sessionId: parent,
      format: "json",
    });
    assert.ok(textTab(json));
    await execute("hfs.openSession", { sessionId: child, preview: false });
    assert.equal(active().uri.path.startsWith(`/sessions/${child}/`), true);
    await prefer(undefined);
  });

  it("shares outline, folding and links with an exported file", async () => {
    const result = await execute<ExportResult>("hfs.exportMarkdown", { sessionId: parent });
    const uri = vscode.Uri.parse(result.uri);
    await until(() => active().uri.toString() === uri.toString());
    assert.ok((await symbols(uri)).some(({ name }) => name === `1. User: ${PROMPTS[0]}`));
    const targets = (await links(uri)).map(({ target }) => target?.toString());
    assert.ok(targets.includes(`${uri.toString()}#L${lineOf("*3. Result") + 1}`));
    const other = vscode.Uri.file(join(root, "notes/other.md"));
    writeFileSync(other.fsPath, "# Notes\n\n### 1. User\n\nHi\n");
    await vscode.window.showTextDocument(other);
    assert.ok(!(await symbols(other)).some(({ name }) => name === "1. User: Hi"));
  });
});
