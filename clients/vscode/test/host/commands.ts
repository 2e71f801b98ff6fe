import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ExportResult, SessionSummary } from "../../src/server/protocol";
import type { ImportSummary } from "../../src/sessions/importing";
import {
  api,
  closeAll,
  configure,
  example,
  execute,
  failureOf,
  isAlive,
  previews,
  root,
  sessions,
  sleep,
  sql,
  textTab,
  until,
  useRealServer,
} from "./world";

const BUG = "fix-the-login-bug.json";
const OLD = "an-old-chat.json";

describe("commands", () => {
  let store: string;
  let bug: number;

  before(async () => {
    store = await useRealServer();
    const summary = await execute<ImportSummary>("hfs.importSession", example(BUG));
    bug = summary.sessions[0]?.id ?? 0;
  });

  afterEach(closeAll);

  it("import one file by its URI", async () => {
    const before = (await sessions()).length;
    const summary = await execute<ImportSummary>("hfs.importSession", example(OLD));
    assert.equal(summary.sessions[0]?.status, "created");
    assert.equal(summary.originalVersion, "0.0.0");
    assert.equal((await sessions()).length, before + 1);
  });

  it("import a file again only as they are told to", async () => {
    const before = (await sessions()).length;
    const again = await execute<ImportSummary>("hfs.importSession", { uri: example(OLD) });
    assert.equal(again.sessions[0]?.status, "unchanged");
    const argument = { uri: example(OLD), dryRun: true, onConflict: "copy" };
    const dry = await execute<ImportSummary>("hfs.importSession", argument);
    assert.deepEqual([dry.sessions[0]?.status, dry.sessions[0]?.id], ["created", null]);
    assert.equal((await sessions()).length, before);
  });

  it("import a file by its path, with a name", async () => {
    const argument = { uri: example(OLD).fsPath, name: "A better name" };
    const summary = await execute<ImportSummary>("hfs.importSession", argument);
    assert.equal(summary.sessions[0]?.name, "A better name");
  });

  it("import several files, and tell which failed and why", async () => {
    const poor = join(root, "notes/poor.json");
    writeFileSync(poor, '{"metadata": {"schema_version": "9.0.0"}, "messages": []}');
    const uris = [example(OLD), vscode.Uri.file(poor), example(BUG)];
    const summary = await execute<ImportSummary>("hfs.importSession", { uris });
    assert.equal(summary.sessions.length, 2);
    assert.deepEqual(
      summary.failed.map(({ uri }) => uri),
      [vscode.Uri.file(poor).toString()],
    );
    assert.match(summary.failed[0]?.reason ?? "", /9\.0\.0/);
  });

  it("reject an import of which all failed, and name each", async () => {
    const uris = ["one", "two"].map((name) => {
      const path = join(root, `notes/all-${name}.json`);
      writeFileSync(path, '{"metadata": {"schema_version": "9.0.0"}, "messages": []}');
      return path;
    });
    const failure = await failureOf(execute("hfs.importSession", { uris }));
    assert.match(failure.message, /9\.0\.0/);
  });

  it("reject the import of a single bad file with the server's sentence", async () => {
    const poor = join(root, "notes/no-session.json");
    writeFileSync(poor, '{"name": "left-pad"}');
    const failure = await failureOf(execute("hfs.importSession", vscode.Uri.file(poor)));
    assert.match(failure.message, /message/i);
  });

  it("import what only VS Code can read", async () => {
    const text = readFileSync(example(OLD).fsPath);
    const provider = {
      onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
      watch: () => new vscode.Disposable(() => {}),
      stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: text.length }),
      readFile: () => text,
      readDirectory: () => [],
      createDirectory: () => {},
      writeFile: () => {},
      delete: () => {},
      rename: () => {},
    };
    const registered = vscode.workspace.registerFileSystemProvider("hfs-test", provider, {
      isReadonly: true,
    });
    const uri = vscode.Uri.parse("hfs-test:/somewhere/chat.json");
    const summary = await execute<ImportSummary>("hfs.importSession", uri);
    registered.dispose();
    assert.equal(summary.sessions.length, 1);
  });

  it("import one that only VS Code can read beside others", async () => {
    const uris = [example(BUG), vscode.Uri.parse("hfs-nowhere:/chat.json"), example(OLD)];
    const summary = await execute<ImportSummary>("hfs.importSession", { uris });
    assert.equal(summary.sessions.length, 2);
    assert.deepEqual(
      summary.failed.map(({ uri }) => uri),
      ["hfs-nowhere:/chat.json"],
    );
  });

  it("export as Markdown into a tab that is saved and named after the session", async () => {
    const result = await execute<ExportResult>("hfs.exportMarkdown", { sessionId: bug });
    const uri = vscode.Uri.parse(result.uri);
    assert.equal(textTab(uri)?.isDirty, false);
    assert.equal(vscode.window.activeTextEditor?.document.languageId, "markdown");
    assert.match(uri.path, /\.md$/);
    assert.equal(readFileSync(uri.fsPath).length, result.bytes);
  });

  it("export as JSON, which imports again", async () => {
    const result = await execute<ExportResult>("hfs.exportJson", { sessionId: bug, open: "none" });
    const uri = vscode.Uri.parse(result.uri);
    assert.equal(textTab(uri), undefined);
    const file = JSON.parse(readFileSync(uri.fsPath, "utf8"));
    assert.equal(file.metadata.schema_version, result.schemaVersion);
    const summary = await execute<ImportSummary>("hfs.importSession", uri);
    assert.equal(summary.migrated, false);
  });

  it("open the rendered preview where the setting says so", async () => {
    await vscode.workspace
      .getConfiguration("hfs")
      .update("export.open", "preview", vscode.ConfigurationTarget.Workspace);
    await execute("hfs.exportMarkdown", { sessionId: bug });
    await until(() => previews().length === 1);
    await vscode.workspace
      .getConfiguration("hfs")
      .update("export.open", undefined, vscode.ConfigurationTarget.Workspace);
  });

  it("export to a chosen file, and overwrite it only when asked to", async () => {
    const destination = join(root, "notes/chosen.md");
    const argument = { sessionId: bug, destination, open: "none" };
    await execute("hfs.exportMarkdown", argument);
    const failure = await failureOf(execute("hfs.exportMarkdown", argument));
    assert.match(failure.message, /exists|already/);
    const result = await execute<ExportResult>("hfs.exportMarkdown", {
      ...argument,
      overwrite: true,
    });
    assert.equal(vscode.Uri.parse(result.uri).fsPath, destination);
    assert.ok(existsSync(destination));
  });

  it("reject with the server's sentence when the session is gone", async () => {
    const failure = await failureOf(execute("hfs.exportMarkdown", { sessionId: 424242 }));
    assert.match(failure.message, /424242/);
  });

  it("let a person choose from all sessions", async () => {
    const choosing = execute<ExportResult>("hfs.exportMarkdown");
    await sleep(1000);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    const result = await choosing;
    const [newest] = await sessions();
    assert.equal(result.sessionId, newest?.id);
  });

  it("give nothing when the choice is cancelled", async () => {
    const choosing = execute<SessionSummary>("hfs.listSessions");
    await sleep(600);
    await execute("workbench.action.closeQuickOpen");
    assert.equal(await choosing, undefined);
  });

  it("give a page of sessions to a caller", async () => {
    sql(store, "INSERT INTO sessions (name, created_at) VALUES ('Needle', '2020-01-01 00:00:00')");
    const page = await execute<{ sessions: SessionSummary[] }>("hfs.listSessions", {
      query: "needle",
    });
    assert.deepEqual(
      page.sessions.map((session) => session.name),
      ["Needle"],
    );
  });

  it("restart the server, and leave no other process", async () => {
    const old = api().serverPid ?? 0;
    await execute("hfs.restartServer");
    assert.notEqual(api().serverPid, old);
    await until(() => !isAlive(old), 3000);
  });

  it("start the server anew after it was killed", async () => {
    process.kill(api().serverPid ?? 0, "SIGKILL");
    await until(() => api().serverPid === undefined);
    assert.ok((await sessions()).length > 0);
  });

  it("use another store as soon as the setting names one", async () => {
    await configure({ databasePath: join(root, "another/sessions.db") });
    assert.deepEqual(await sessions(), []);
    await configure({ databasePath: store });
    assert.ok((await sessions()).length > 0);
  });

  it("find the server in the workspace's .venv", async () => {
    const bin = vscode.Uri.file(join(root, "notes/.venv/bin/hfs-server"));
    await vscode.workspace.fs.writeFile(bin, new Uint8Array());
    const { chmodSync, writeFileSync } = await import("node:fs");
    writeFileSync(bin.fsPath, `#!/bin/sh\nexec '${process.env.HFS_TEST_SERVER}' "$@"\n`);
    chmodSync(bin.fsPath, 0o755);
    await configure({ "server.path": undefined });
    await sessions();
    assert.equal(api().serverPath, bin.fsPath);
    await vscode.workspace.fs.delete(vscode.Uri.file(join(root, "notes/.venv")), {
      recursive: true,
    });
    await useRealServer();
  });
});
