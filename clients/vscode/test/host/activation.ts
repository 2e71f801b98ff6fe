import assert from "node:assert/strict";
import * as vscode from "vscode";
import { api, execute, extension, timed, useRealServer } from "./world";

describe("activation", () => {
  it("does not happen before the extension is needed", () => {
    assert.equal(extension().isActive, false);
  });

  it("comes with the first command, and starts no server by itself", async () => {
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
