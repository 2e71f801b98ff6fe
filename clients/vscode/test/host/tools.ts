import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ImportSummary } from "../../src/sessions/importing";
import { makeClaudeFolder } from "./claudeCode";
import { forget, keepNotifications, only } from "./notifications";
import {
  closeAll,
  configure,
  execute,
  failureOf,
  root,
  sessions,
  until,
  useRealServer,
  useStandIn,
} from "./world";

type Pick = vscode.QuickPick<vscode.QuickPickItem>;

describe("the sessions of other tools", () => {
  keepNotifications();

  const original = vscode.window.createQuickPick;
  let pick: Pick | undefined;

  beforeEach(async () => {
    await useRealServer();
    const folder = join(root, "tools-claude");
    makeClaudeFolder(folder);
    await configure({ "server.env": { CLAUDE_CONFIG_DIR: folder } });
    pick = undefined;
    const value = () => {
      pick = original.call(vscode.window);
      return pick;
    };
    Object.defineProperty(vscode.window, "createQuickPick", { value, configurable: true });
    forget();
  });

  afterEach(async () => {
    const value = original;
    Object.defineProperty(vscode.window, "createQuickPick", { value, configurable: true });
    await execute("workbench.action.closeQuickOpen");
    await closeAll();
  });

  /** The list of tools when it has been loaded, and what the command gives in the end. */
  const opened = async (): Promise<{ pick: Pick; done: Promise<ImportSummary | undefined> }> => {
    pick = undefined;
    const done = execute<ImportSummary | undefined>("hfs.importTools");
    await until(() => pick !== undefined && !pick.busy);
    return { pick: pick as unknown as Pick, done };
  };

  it("are chosen from a list that says what is new, and imported", async () => {
    const { pick, done } = await opened();
    const [row, ...more] = pick.items;
    assert.deepEqual(more, []);
    assert.equal(row?.label, "Claude Code");
    assert.equal(row?.description, "2 found, 2 new, 0 changed");
    assert.match(row?.detail ?? "", /tools-claude.projects, last activity .*20\d\d/);
    assert.equal(pick.canSelectMany, true);
    assert.deepEqual(pick.selectedItems, [row]);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    assert.equal((await done)?.sessions.length, 2);
    const { message, buttons } = await only();
    assert.match(message, /^Import finished: 2 created\./);
    assert.deepEqual(buttons, ["Open", "Show Details"]);
    const [session, ...others] = await sessions();
    assert.deepEqual([session?.tool, session?.childCount, others], ["claude-code", 1, []]);
  });

  it("are not chosen by themselves once nothing is new", async () => {
    await execute("hfs.importTools", ["claude-code"]);
    const { pick, done } = await opened();
    assert.equal(pick.items[0]?.description, "2 found, 0 new, 0 changed");
    assert.deepEqual(pick.selectedItems, []);
    await execute("workbench.action.closeQuickOpen");
    assert.equal(await done, undefined);
  });

  it("are imported for a caller without a question", async () => {
    const argument = { tools: ["claude-code"], dryRun: true };
    const dry = await execute<ImportSummary>("hfs.importTools", argument);
    assert.deepEqual(
      dry.sessions.map(({ id }) => id),
      [null, null],
    );
    assert.deepEqual(await sessions(), []);
    await failureOf(execute("hfs.importTools", { tools: ["no-such-tool"] }));
  });

  it("are said to be missing where no tool has any", async () => {
    await configure({ "server.env": { CLAUDE_CONFIG_DIR: join(root, "nowhere") } });
    const { pick, done } = await opened();
    assert.match(pick.items[0]?.label ?? "", /^No sessions of other tools/);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    assert.equal(await done, undefined);
  });

  it("need a server that knows them, which one message says", async () => {
    await useStandIn("early");
    forget();
    assert.equal(await execute("hfs.importTools"), undefined);
    const { message, buttons } = await only();
    assert.match(message, /cannot import the sessions of other tools/);
    assert.ok(buttons.includes("How to Upgrade"), buttons.join());
    const failure = await failureOf(execute("hfs.importTools", ["claude-code"]));
    assert.equal(failure.message, message);
  });
});
