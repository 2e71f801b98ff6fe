import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import type { ExportResult } from "../../src/server/protocol";
import { prepare } from "../../src/server/settings";
import {
  configure,
  example,
  execute,
  extension,
  failureOf,
  root,
  sessions,
  useRealServer,
} from "./world";

/** A file system that is on no disk, as an extension brings it. */
class Memory implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;
  readonly files = new Map<string, Uint8Array>();

  stat({ path }: vscode.Uri): vscode.FileStat {
    const file = this.files.get(path);
    return file
      ? { type: vscode.FileType.File, ctime: 0, mtime: 0, size: file.length }
      : { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    const file = this.files.get(uri.path);
    if (!file) {
      throw vscode.FileSystemError.FileIsADirectory(uri);
    }
    return file;
  }

  readDirectory = () => [];
  watch = () => new vscode.Disposable(() => {});
  createDirectory = () => {};
  writeFile = () => {};
  delete = () => {};
  rename = () => {};
}

describe("in a virtual workspace", () => {
  const memory = new Memory();
  let provider: vscode.Disposable;
  let store: string;

  before(async () => {
    assert.deepEqual(
      vscode.workspace.workspaceFolders?.map(({ uri }) => uri.scheme),
      ["hfs"],
    );
    provider = vscode.workspace.registerFileSystemProvider("memory", memory);
    store = await useRealServer();
  });

  after(() => provider.dispose());

  it("the extension works: sessions are imported, listed, read and exported", async () => {
    assert.ok(extension().isActive);
    await execute("hfs.importSession", example("fix-the-login-bug.json"));
    const [session] = await sessions();
    assert.ok(session);
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: session.id });
    const document = await vscode.workspace.openTextDocument(uri);
    assert.match(document.getText(), /login/);
    const result = await execute<ExportResult>("hfs.exportMarkdown", { sessionId: session.id });
    assert.ok(vscode.Uri.parse(result.uri).fsPath.startsWith(join(dirname(store), "exports")));
    await execute("hfs.searchSessions", { query: "login" });
  });

  it("a file of text can be imported from there, and of another one is said what to do", async () => {
    const session = { session_name: "From memory", messages: [{ role: "user", content: "Hi" }] };
    memory.files.set("/a.json", Buffer.from(JSON.stringify(session)));
    memory.files.set("/b.zip", Buffer.from([0x50, 0x4b, 0xff, 0xfe]));
    await execute("hfs.importSession", vscode.Uri.parse("memory:/a.json"));
    assert.ok((await sessions()).some(({ name }) => name === "From memory"));
    const failed = await failureOf(execute("hfs.importSession", vscode.Uri.parse("memory:/b.zip")));
    assert.match(failed.message, /Save a copy on this machine/);
  });

  it("a setting that needs a folder on the disk is rejected, and names no other place", async () => {
    await configure({ exportDirectory: "${workspaceFolder}/exports" });
    const [session] = await sessions();
    const failed = await failureOf(execute("hfs.exportMarkdown", { sessionId: session?.id ?? 0 }));
    assert.match(failed.message, /exportDirectory: expected a path without variables/);
    const log = { info: () => {}, logLevel: vscode.LogLevel.Info };
    const context = { globalStorageUri: vscode.Uri.file(join(root, "storage")) };
    const { cwd } = await prepare(context as vscode.ExtensionContext, log);
    assert.equal(cwd, process.env.HOME);
  });

  it("who wrote a line cannot be asked of a file that is on no disk", async () => {
    memory.files.set("/c.py", Buffer.from("x = 1\n"));
    const uri = vscode.Uri.parse("memory:/c.py");
    await vscode.window.showTextDocument(uri);
    assert.equal(await execute("hfs.sessionsOfFile", uri), undefined);
    assert.equal(await execute("hfs.whoWroteLine"), undefined);
    await execute("workbench.action.closeAllEditors");
  });
});
