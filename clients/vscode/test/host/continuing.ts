import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import type { Resume } from "../../src/server/protocol";
import { forget, keepNotifications, only } from "./notifications";
import { closeAll, execute, root, sessions, sleep, until, useRealServer } from "./world";

const ID = "33333333-3333-4333-8333-333333333333";

interface Made {
  name: string | undefined;
  cwd: string | undefined;
  typed: [text: string, isRun: boolean | undefined][];
}

describe("continuing a session in its tool", () => {
  const { createTerminal, showInformationMessage } = vscode.window;
  let made: Made[];

  keepNotifications();

  before(() => useRealServer());

  beforeEach(() => {
    made = [];
    forget();
    // What is typed into a terminal cannot be read again, so it is noted on its way.
    set("createTerminal", (options: vscode.TerminalOptions) => {
      const terminal = (createTerminal as (given: object) => vscode.Terminal)(options);
      const one: Made = { name: options.name, cwd: options.cwd as string | undefined, typed: [] };
      made.push(one);
      const sendText = (text: string, isRun?: boolean) => {
        one.typed.push([text, isRun]);
        terminal.sendText(text, isRun);
      };
      return { show: () => terminal.show(), sendText };
    });
  });

  afterEach(() => {
    for (const terminal of vscode.window.terminals) {
      terminal.dispose();
    }
    set("createTerminal", createTerminal);
    set("showInformationMessage", showInformationMessage);
  });

  const set = (name: string, value: unknown) =>
    Object.defineProperty(vscode.window, name, { value, configurable: true });

  const imported = async (name: string, source: object, directory?: string) => {
    const metadata = {
      schema_version: "1.1.0",
      session_name: name,
      session_id: name,
      source,
      ...(directory !== undefined && { working_directory: directory }),
    };
    const messages = [{ role: "user", content: name, created_at: "2026-02-01T10:00:00Z" }];
    const file = join(root, `continued ${name}.json`);
    writeFileSync(file, JSON.stringify({ metadata, messages }));
    await execute("hfs.importSession", vscode.Uri.file(file));
    return (await sessions()).find((one) => one.name === name) ?? assert.fail(name);
  };

  /** Answers the question that is asked before a terminal opens; gives the questions. */
  const answer = (button: string | undefined): string[] => {
    const asked: string[] = [];
    set("showInformationMessage", async (text: string, options: vscode.MessageOptions) => {
      assert.ok(options.modal);
      asked.push(`${text}\n${options.detail}`);
      return button;
    });
    return asked;
  };

  const claude = { tool: "claude-code", session_id: ID };
  const line = `claude --resume ${ID}`;

  it("types the command of a session of the workspace, and does not run it", async () => {
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail();
    const session = await imported("Of the workspace", claude, workspace);
    const asked = answer(undefined);
    const resume = await execute<Resume>("hfs.continueRow", { session });
    assert.deepEqual(resume, { command: line.split(" "), directory: workspace });
    assert.deepEqual(made, [{ name: "Claude Code", cwd: workspace, typed: [[line, false]] }]);
    assert.deepEqual(asked, []);
    await until(() => vscode.window.terminals.length === 1);
    const [terminal = assert.fail()] = vscode.window.terminals;
    assert.equal((terminal.creationOptions as vscode.TerminalOptions).cwd, workspace);
  });

  it("asks first where the folder is not one of the workspace", async () => {
    const folder = join(dirname(root), `elsewhere-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    const session = await imported("Elsewhere", { ...claude, tool: "codex" }, folder);
    const asked = answer(undefined);
    assert.equal(await execute("hfs.continueRow", { session }), undefined);
    assert.deepEqual(made, []);
    assert.match(asked[0] ?? "", /^Continue “Elsewhere” in Codex\?\nA terminal opens in /);
    assert.ok(asked[0]?.includes(folder) && asked[0].includes(`codex resume ${ID}`));
    answer("Open Terminal");
    await execute("hfs.continueRow", { session });
    assert.deepEqual(made, [
      { name: "Codex", cwd: folder, typed: [[`codex resume ${ID}`, false]] },
    ]);
  });

  it("says so where the folder is not on this machine", async () => {
    for (const [n, folder] of ["/nowhere/at/all", "//server/share", "relative"].entries()) {
      forget();
      const session = await imported(`Gone ${n}`, claude, folder);
      await execute("hfs.continueRow", { session });
      const { how, message } = await only();
      assert.equal(how, "showWarningMessage");
      assert.ok(message.includes(folder), message);
    }
    assert.deepEqual(
      made.map(({ cwd, typed }) => [cwd, ...typed]),
      made.map(() => [undefined, [line, false]]),
    );
    assert.equal(made.length, 3);
  });

  it("opens no terminal for a session that no tool continues, or a hostile id", async () => {
    const others: object[] = [
      { tool: "hfs" },
      { tool: "cursor", session_id: ID },
      { tool: "claude-code" },
      { tool: "claude-code", session_id: `${ID}; touch ${join(root, "hacked")}` },
      { tool: "claude-code", session_id: `${ID}\n` },
      { tool: "claude-code", session_id: "--dangerously-skip-permissions" },
      { tool: "codex", session_id: "$(id)" },
    ];
    for (const [n, source] of others.entries()) {
      forget();
      const session = await imported(`Other ${n}`, source);
      assert.equal(await execute("hfs.continueRow", { session }), undefined);
      assert.match((await only()).message, /cannot be continued: no command of .+ is known/);
    }
    await sleep(100);
    assert.deepEqual(made, []);
  });

  it("gives the command to callers, and opens nothing", async () => {
    const session = await imported("For callers", { tool: "opencode", session_id: "ses_5f3A" });
    const resume = await execute<Resume>("hfs.continueSession", { sessionId: session.id });
    const command = ["opencode", "--session", "ses_5f3A"];
    assert.deepEqual(resume, { command, directory: null });
    assert.deepEqual(made, []);
  });

  it("continues the session of a tab", async () => {
    const session = await imported("In a tab", { tool: "qwen", session_id: ID });
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: session.id });
    await execute("hfs.continueTab", uri);
    assert.deepEqual(made[0]?.typed, [[`qwen --resume ${ID}`, false]]);
    await closeAll();
  });
});
