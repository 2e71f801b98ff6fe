import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { forget, keepNotifications, only } from "./notifications";
import {
  api,
  closeAll,
  configure,
  example,
  execute,
  root,
  sessions,
  until,
  useRealServer,
  useStandIn,
} from "./world";

const workspace = join(root, "notes");

describe("a session file in the editor", () => {
  keepNotifications();

  beforeEach(async () => {
    await closeAll();
    await useRealServer();
  });

  after(async () => {
    await closeAll();
    await understand(undefined);
  });

  const understand = (isOn: boolean | undefined) =>
    vscode.workspace
      .getConfiguration("hfs")
      .update("sessionFiles", isOn, vscode.ConfigurationTarget.Workspace);

  let copies = 0;

  const open = async (uri: vscode.Uri) => {
    await vscode.window.showTextDocument(uri, { preview: false });
    return uri;
  };

  /** A copy of an example, which a test may change. */
  const copied = (name: string) => {
    const uri = vscode.Uri.file(join(workspace, `${++copies}-${name}`));
    copyFileSync(example(name).fsPath, uri.fsPath);
    return open(uri);
  };

  const symbols = async (uri: vscode.Uri) => {
    const found = await execute<vscode.DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      uri,
    );
    return (found ?? []).flatMap((one) => [one, ...one.children]).map(({ name }) => name);
  };
  const lenses = async (uri: vscode.Uri) =>
    (await execute<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri)) ?? [];
  const lensTitle = async (uri: vscode.Uri) => (await lenses(uri))[0]?.command?.title;
  const hoverAt = async (uri: vscode.Uri, position: vscode.Position) => {
    const found = await execute<vscode.Hover[]>("vscode.executeHoverProvider", uri, position);
    return found
      .flatMap(({ contents }) => contents)
      .map((one) => (one as vscode.MarkdownString).value)
      .join("\n");
  };
  const ours = (uri: vscode.Uri) =>
    vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "hfs");
  const errors = (uri: vscode.Uri) =>
    ours(uri).filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
  const press = async (uri: vscode.Uri) => {
    const [lens] = await lenses(uri);
    await execute(lens?.command?.command ?? "", ...(lens?.command?.arguments ?? []));
  };

  it("starts the server, and has an outline, hovers and a lens", async () => {
    assert.equal(api().serverPid, undefined);
    const uri = await open(example("fix-the-login-bug.json"));
    await until(() => api().serverPid !== undefined);
    await until(async () => (await symbols(uri)).some((name) => name.startsWith("1. User: Users")));
    assert.equal(await lensTitle(uri), "Import this session");
    const { document } = vscode.window.activeTextEditor ?? assert.fail();
    const place = document.positionAt(document.getText().indexOf("Users are logged out"));
    assert.match(await hoverAt(uri, place), /### 1\. User.*\n\nUsers are logged out/);
    assert.deepEqual(errors(uri), []);
  });

  it("of another tool is understood too, line by line", async () => {
    const uri = await open(example("make-the-search-faster.jsonl"));
    await until(async () => (await symbols(uri)).some((name) => /^1\. User: /.test(name)));
    assert.equal(await lensTitle(uri), "Import this session");
    const { document } = vscode.window.activeTextEditor ?? assert.fail();
    const place = document.positionAt(document.getText().indexOf("The search of the shop"));
    assert.match(await hoverAt(uri, place), /### 1\. User/);
  });

  it("says while one types what an import would reject, where it is", async () => {
    const uri = await copied("fix-the-login-bug.json");
    const { document } = vscode.window.activeTextEditor ?? assert.fail();
    const at = document.getText().indexOf('"user"');
    const range = new vscode.Range(document.positionAt(at), document.positionAt(at + 6));
    const change = async (place: vscode.Range, text: string) => {
      const edit = new vscode.WorkspaceEdit();
      edit.replace(uri, place, text);
      await vscode.workspace.applyEdit(edit);
    };
    await change(range, "5");
    await until(() => errors(uri).length > 0);
    const [problem] = errors(uri);
    assert.equal(problem?.range.start.line, range.start.line);
    await change(range.with(undefined, range.start.translate(0, 1)), '"user"');
    await until(() => errors(uri).length === 0);
    await execute("workbench.action.files.revert");
  });

  it("of an older version is migrated by a quick fix", async () => {
    const uri = await copied("an-old-chat.json");
    const advice = () => ours(uri).find(({ code }) => code === "migrates");
    await until(() => advice() !== undefined);
    const { range, severity } = advice() ?? assert.fail();
    assert.equal(severity, vscode.DiagnosticSeverity.Information);
    const actions = await execute<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      uri,
      range,
    );
    const fix = actions.find(({ title }) => title.startsWith("Migrate"));
    await vscode.workspace.applyEdit(fix?.edit ?? assert.fail());
    await until(() => advice() === undefined);
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? "", /"schema_version"/);
    await execute("workbench.action.files.revert");
  });

  it("is imported, updated and opened by its lens, as by the extension's own commands", async () => {
    const uri = await copied("fix-the-login-bug.json");
    await until(async () => (await lensTitle(uri)) === "Import this session");
    forget();
    await press(uri);
    assert.match((await only()).message, /^Imported /);
    await until(async () => (await lensTitle(uri)) === "Already in the store: open");
    await press(uri);
    const opened = vscode.window.activeTextEditor?.document;
    assert.equal(opened?.uri.scheme, "hfs");
    assert.equal(opened?.uri.path.split("/").at(-1), "Fix the login bug.md");
    const more = ',{"role":"user","content":"One more.","created_at":"2030-01-01T00:00:00Z"}$&';
    const longer = readFileSync(uri.fsPath, "utf8").replace(/\],\s*"checkpoints"/, more);
    await open(uri);
    writeFileSync(uri.fsPath, longer);
    await until(async () => (await lensTitle(uri)) === "In the store, older: update");
    forget();
    await press(uri);
    await only();
    const [session] = await sessions();
    assert.equal(session?.messageCount, 7);
  });

  it("is the only JSON that leaves the editor, from when it becomes one", async () => {
    const log = join(root, "session-files.log");
    // VS Code keeps documents of earlier tests for a while.
    const sent = () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => /^textDocument\/\w+ (package|data|late|session)\.json$/.test(line));
    const file = (name: string, text: string) => {
      writeFileSync(join(workspace, name), text);
      return open(vscode.Uri.file(join(workspace, name)));
    };
    writeFileSync(log, "");
    await useStandIn("registering", { STANDIN_MESSAGES: log });
    for (const name of ["package.json", "data.json"]) {
      await file(name, '{"name": "x"}');
    }
    await execute("hfs.listSessions", {});
    const late = await file("late.json", "{}");
    const document = await vscode.workspace.openTextDocument(late);
    const type = async (text: string) => {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(late, document.positionAt(1), text);
      await vscode.workspace.applyEdit(edit);
    };
    await type('"name": "x"');
    await file("session.json", '{"messages": [{"role": "user", "content": "Hi"}]}');
    await until(() => sent().length > 0);
    assert.deepEqual(sent(), ["textDocument/didOpen session.json"]);
    await type('"messages": [{"role": "user", "content": ""}], ');
    await type(" ");
    await document.save();
    const saved = "textDocument/didSave late.json";
    await until(() => sent().includes(saved));
    // VS Code may have saved it by itself before.
    assert.deepEqual(
      sent()
        .slice(1)
        .filter((line) => line !== saved),
      ["textDocument/didOpen late.json", "textDocument/didChange late.json"],
    );
  });

  it("is let be where the setting says so, and understood when it is on again", async () => {
    await configure({ sessionFiles: false });
    const uri = await open(example("an-old-chat.json"));
    await execute("hfs.listSessions", {});
    assert.deepEqual(await lenses(uri), []);
    assert.deepEqual(ours(uri), []);
    await understand(undefined);
    await until(async () => (await lenses(uri)).length > 0);
  });

  it("does not wait for other annotations, nor double with them", async () => {
    await configure({ annotate: true });
    const uri = await open(example("fix-the-login-bug.json"));
    await until(async () => (await lenses(uri)).length > 0);
    const titles = (await lenses(uri)).map(({ command }) => command?.title);
    assert.deepEqual(titles, ["Import this session"]);
    const names = (await symbols(uri)).filter((name) => name.startsWith("1. User"));
    assert.equal(names.length, 1);
    await closeAll();
    await configure({ annotate: undefined });
  });

  it("of our own name has the schema's words on its keys", async () => {
    const uri = vscode.Uri.file(join(workspace, "kept.hfs.json"));
    copyFileSync(example("fix-the-login-bug.json").fsPath, uri.fsPath);
    await open(uri);
    const { document } = vscode.window.activeTextEditor ?? assert.fail();
    const place = document.positionAt(document.getText().indexOf('"schema_version"') + 3);
    const words = "The version of the document's schema";
    await until(async () => (await hoverAt(uri, place)).includes(words));
  });
});
