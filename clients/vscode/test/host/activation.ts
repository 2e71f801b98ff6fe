import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { api, execute, extension, root, timed, useRealServer } from "./world";

describe("activation", () => {
  it("starts no server by itself, whatever JSON VS Code opens", async () => {
    await useRealServer();
    const uri = vscode.Uri.file(join(root, "notes/package.json"));
    writeFileSync(uri.fsPath, '{"name": "x", "scripts": {}, "messages": [{"role": "user"}]}');
    await vscode.window.showTextDocument(uri);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await timed("activation", () => extension().activate());
    await execute("hfs.showLog");
    assert.equal(api().serverPid, undefined);
  });

  it("registers every command that the manifest promises", async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const { command } of extension().packageJSON.contributes.commands) {
      assert.ok(registered.has(command), command);
    }
  });

  it("is followed by a server at the first request", async () => {
    await useRealServer();
    await timed("first command", () => execute("hfs.listSessions", {}));
    await timed("later command", () => execute("hfs.listSessions", {}));
    assert.ok(api().serverPid);
  });
});
