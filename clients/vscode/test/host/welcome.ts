import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import { makeClaudeFolder } from "./claudeCode";
import { keepNotifications } from "./notifications";
import { closeAll, configure, execute, root, tabs, until, useRealServer } from "./world";

describe("the first minutes", () => {
  keepNotifications();

  const { executeCommand } = vscode.commands;
  const set = (value: unknown) =>
    Object.defineProperty(vscode.commands, "executeCommand", { value, configurable: true });
  /** What the extension has told VS Code for its when clauses. */
  const contexts = new Map<unknown, unknown>();

  before(() =>
    set((id: string, ...rest: unknown[]) => {
      if (id === "setContext") {
        contexts.set(rest[0], rest[1]);
      }
      return executeCommand.call(vscode.commands, id, ...rest);
    }),
  );

  after(async () => {
    set(executeCommand);
    await useRealServer();
    await configure({ "server.env": undefined });
  });

  const look = async () => {
    contexts.clear();
    await execute("hfs.sessions.focus");
    await execute("hfs.refreshSessions");
    await until(() => contexts.has("hfs.sessions"));
  };

  it("begin with a view that knows whether tools have sessions to import", async () => {
    await useRealServer();
    await configure({ "server.env": { CLAUDE_CONFIG_DIR: join(root, "no-claude") } });
    await look();
    await until(() => contexts.get("hfs.hasSources") === false);
    assert.equal(contexts.get("hfs.sessions"), "empty");
    const folder = join(root, "welcome-claude");
    makeClaudeFolder(folder);
    await configure({ "server.env": { CLAUDE_CONFIG_DIR: folder } });
    await look();
    await until(() => contexts.get("hfs.hasSources") === true);
    await execute("hfs.importTools", ["claude-code"]);
    await until(() => contexts.get("hfs.sessions") === "sessions");
    assert.equal(contexts.get("hfs.server"), "running");
  });

  it("tell the walkthrough of a server that is not there, or fails", async () => {
    await configure({ "server.path": undefined, "server.env": undefined });
    await look();
    await until(() => contexts.get("hfs.sessions") === "noServer");
    assert.equal(contexts.get("hfs.server"), "missing");
    await configure({ "server.path": join(root, "nowhere") });
    await look();
    await until(() => contexts.get("hfs.sessions") === "failed");
    assert.equal(contexts.get("hfs.server"), "failed");
  });

  it("are walked through by a command", async () => {
    await closeAll();
    await execute("hfs.getStarted");
    await until(() => tabs().some(({ label }) => label === "Welcome"));
    await closeAll();
  });
});
