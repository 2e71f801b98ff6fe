import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ImportSummary } from "../../src/sessions/importing";
import { growClaudeSession, makeClaudeFolder } from "./claudeCode";
import { count, forget, keepNotifications, only } from "./notifications";
import {
  closeAll,
  configure,
  example,
  execute,
  failureOf,
  root,
  sessions,
  sleep,
  until,
  useRealServer,
  useStandIn,
} from "./world";

type Pick = vscode.QuickPick<vscode.QuickPickItem>;

describe("the sessions of other tools", () => {
  keepNotifications();

  const { createQuickPick, showOpenDialog } = vscode.window;
  let picks: Pick[] = [];
  let folder: string;

  const set = (name: string, value: unknown) =>
    Object.defineProperty(vscode.window, name, { value, configurable: true });

  beforeEach(async () => {
    await useRealServer();
    folder = join(root, `tools-claude-${Date.now()}`);
    makeClaudeFolder(folder);
    await configure({ "server.env": { CLAUDE_CONFIG_DIR: folder }, keep: [] });
    picks = [];
    set("createQuickPick", () => {
      const pick = createQuickPick.call(vscode.window);
      picks.push(pick);
      return pick;
    });
    forget();
  });

  afterEach(async () => {
    set("createQuickPick", createQuickPick);
    set("showOpenDialog", showOpenDialog);
    await execute("workbench.action.closeQuickOpen");
    await closeAll();
  });

  after(() => configure({ keep: undefined }));

  /** The list of this number when it has been loaded. */
  const nth = async (number: number): Promise<Pick> => {
    await until(() => picks.length >= number && !picks[number - 1]?.busy);
    // The keyboard is its own a little later.
    await sleep(300);
    return picks[number - 1] as Pick;
  };

  /** The list of sources, and what the command gives in the end. */
  const opened = async () => {
    picks = [];
    const done = execute<ImportSummary | undefined>("hfs.importSession");
    return { pick: await nth(1), done };
  };

  const accept = () => execute("workbench.action.acceptSelectedQuickOpenItem");
  const down = () => execute("workbench.action.quickOpenSelectNext");
  const labels = (pick: Pick) => pick.items.map(({ label }) => label);
  const shownText = () => vscode.window.activeTextEditor?.document.getText() ?? "";

  it("are chosen from a list that says what is new, previewed, and imported", async () => {
    const { pick, done } = await opened();
    assert.deepEqual(labels(pick), [
      "on this machine",
      "Claude Code",
      "from elsewhere",
      "$(files) From Files…",
      "$(folder-opened) From Folder…",
    ]);
    const row = pick.items[1];
    assert.equal(row?.description, "2 files, 2 new");
    assert.match(row?.detail ?? "", /tools-claude-\d+.projects, last activity .*20\d\d/);
    assert.equal(pick.canSelectMany, true);
    assert.deepEqual(pick.selectedItems, [row]);
    await accept();
    const preview = await nth(2);
    assert.equal(preview.title, "2 new");
    assert.equal(preview.placeholder, "Import from Claude Code?");
    assert.equal(preview.items[0]?.description, "2 sessions");
    assert.deepEqual(await sessions(), []);
    await accept();
    assert.equal((await done)?.sessions.length, 2);
    const { message, buttons } = await only();
    assert.match(message, /^Import finished: 2 created\./);
    assert.deepEqual(buttons, ["Open", "Show Details"]);
    const [session, ...others] = await sessions();
    assert.deepEqual([session?.tool, session?.childCount, others], ["claude-code", 1, []]);
  });

  it("are not imported if the preview is left", async () => {
    for (const leave of [down, () => execute("workbench.action.closeQuickOpen")]) {
      const { done } = await opened();
      await accept();
      await nth(2);
      await leave();
      if (leave === down) {
        await down();
        await accept();
      }
      assert.equal(await done, undefined);
      assert.deepEqual(await sessions(), []);
    }
  });

  it("are shown one by one before the import, which then is a button", async () => {
    const gemini = join(folder, ".gemini/tmp/abc/chats");
    mkdirSync(gemini, { recursive: true });
    const damaged = '{"sessionId": "1", "projectHash": "abc", "startTime": "", "messages": [oops]}';
    writeFileSync(join(gemini, "session-1.json"), damaged);
    await configure({ "server.env": { CLAUDE_CONFIG_DIR: folder, HOME: folder } });
    const { done } = await opened();
    await accept();
    const preview = await nth(2);
    await down();
    await accept();
    assert.equal(await done, undefined);
    await until(() => shownText().includes("# HFS Import Preview"));
    assert.match(shownText(), /Nothing has been imported yet\. An import finds: 2 new, 1 cannot/);
    assert.match(shownText(), /^## New \(2\)$/m);
    assert.match(shownText(), /^- Claude Code · Find the slow query · 2 messages$/m);
    assert.match(shownText(), /^## Cannot be read \(1\)$/m);
    assert.match(shownText(), /session-1\.json\*\*: The file is damaged/);
    assert.doesNotMatch(shownText(), /undefined|null/);
    assert.equal(preview.title, "2 new, 1 cannot be read");
    assert.deepEqual(await sessions(), []);
    const { message, buttons, press } = await only();
    assert.equal(message, "Import 2 sessions?");
    assert.deepEqual(buttons, ["Import", "Cancel"]);
    forget();
    press("Import");
    assert.match((await only()).message, /^Import finished: 2 created, 1 failed/);
    assert.equal((await sessions()).length, 1);
  });

  it("are not chosen by themselves once nothing is new, and one message says so", async () => {
    await execute("hfs.importTools", ["claude-code"]);
    const { pick, done } = await opened();
    assert.equal(pick.items[1]?.description, "2 files, nothing new");
    assert.deepEqual(pick.selectedItems, []);
    await accept();
    assert.equal(await done, undefined);
    const { how, message, buttons } = await only();
    assert.equal(how, "showInformationMessage");
    assert.equal(message, "There is nothing to import: 2 unchanged.");
    assert.deepEqual(buttons, ["Show Details"]);
  });

  it("that have changed are updates", async () => {
    await execute("hfs.importTools", ["claude-code"]);
    growClaudeSession(folder);
    const { pick, done } = await opened();
    assert.equal(pick.items[1]?.description, "2 files, 1 changed");
    await accept();
    assert.equal((await nth(2)).title, "1 update, 1 unchanged");
    await accept();
    assert.equal((await done)?.sessions[0]?.status, "updated");
  });

  it("lead to the dialogs for files and for folders, of which a folder is previewed", async () => {
    const asked: (boolean | undefined)[] = [];
    set("showOpenDialog", async (options: vscode.OpenDialogOptions) => {
      asked.push(options.canSelectFolders);
      return [options.canSelectFolders ? vscode.Uri.file(folder) : example("an-old-chat.json")];
    });
    const files = await opened();
    files.pick.activeItems = [files.pick.items[3] as vscode.QuickPickItem];
    await sleep(500);
    await accept();
    assert.equal((await files.done)?.sessions.length, 1);
    const folders = await opened();
    await check(folders.pick, folders.pick.items[4]);
    const preview = await nth(2);
    assert.match(preview.title ?? "", /^2 new/);
    assert.match(preview.placeholder ?? "", /tools-claude-\d+/);
    await accept();
    assert.equal((await folders.done)?.sessions.length, 2);
    assert.deepEqual(asked, [undefined, true]);
  }).timeout(60_000);

  /** Checks the box of a row, as a click does, again where the list has not got there yet. */
  const check = async (pick: Pick, row: vscode.QuickPickItem | undefined) => {
    const shown = picks.length;
    // The older VS Code has the command under its former name.
    const known = await vscode.commands.getCommands();
    const toggle = ["quickInput.toggleCheckbox", "workbench.action.quickPickManyToggle"].find(
      (name) => known.includes(name),
    );
    assert.ok(toggle);
    return await until(async () => {
      pick.activeItems = row ? [row] : [];
      await sleep(500);
      await execute(toggle);
      await sleep(500);
      return picks.length > shown;
    }, 20_000);
  };

  it("are imported for a caller without a question", async () => {
    const argument = { tools: ["claude-code"], dryRun: true };
    const dry = await execute<ImportSummary>("hfs.importTools", argument);
    assert.deepEqual(
      dry.sessions.map(({ id }) => id),
      [null, null],
    );
    assert.deepEqual(await sessions(), []);
    await failureOf(execute("hfs.importTools", { tools: ["no-such-tool"] }));
    const some = await execute<ImportSummary>("hfs.importTools", ["no-such-tool", "claude-code"]);
    assert.deepEqual([some.failed[0]?.name, some.sessions.length], ["no-such-tool", 2]);
  });

  it("are kept as far as they came when the import is cancelled, which the line says", async () => {
    const codex = join(folder, "codex/sessions/2026");
    mkdirSync(codex, { recursive: true });
    writeFileSync(join(codex, "rollout-1.jsonl"), longRollout());
    const env = { CLAUDE_CONFIG_DIR: folder, CODEX_HOME: join(folder, "codex") };
    await configure({ "server.env": env });
    const { withProgress } = vscode.window;
    const titles: (string | undefined)[] = [];
    const cancelling: typeof withProgress = ({ title }, task) => {
      titles.push(title);
      const source = new vscode.CancellationTokenSource();
      const report = ({ message }: { message?: string }) => {
        if (title?.startsWith("Importing") && message?.startsWith("Codex: ")) {
          source.cancel();
        }
      };
      return task({ report }, source.token);
    };
    const { done } = await opened();
    set("withProgress", cancelling);
    try {
      await accept();
      await until(() => picks.length === 2, 25_000);
      await sleep(300);
      await accept();
      const summary = await done;
      assert.deepEqual([summary?.cancelled, summary?.sessions.length], [true, 2]);
    } finally {
      set("withProgress", withProgress);
    }
    assert.ok(titles.includes("Importing Claude Code, Codex"), titles.join());
    const { message, buttons } = await only();
    assert.match(message, /^Import cancelled after 2 created\. What was complete before stays/);
    assert.ok(buttons.includes("Show Details"));
    assert.deepEqual(
      (await sessions()).map(({ tool }) => tool),
      ["claude-code"],
    );
  }).timeout(60_000);

  it("are said to be missing where no tool has any, and files can be chosen", async () => {
    await configure({ "server.env": { CLAUDE_CONFIG_DIR: join(root, "nowhere") } });
    const { pick, done } = await opened();
    assert.match(pick.placeholder ?? "", /^No sessions of other tools/);
    assert.deepEqual(labels(pick), ["$(files) From Files…", "$(folder-opened) From Folder…"]);
    set("showOpenDialog", async () => undefined);
    await accept();
    assert.equal(await done, undefined);
    assert.equal(count(), 0);
  });

  it("in a folder that cannot be read are shown with the reason", async () => {
    await useStandIn("closed");
    const { pick, done } = await opened();
    assert.equal(labels(pick)[1], "$(warning) Codex");
    assert.equal(
      pick.items[1]?.detail,
      "/home/ann/.codex/sessions, It cannot be read: Permission denied.",
    );
    assert.deepEqual(pick.selectedItems, []);
    await execute("workbench.action.closeQuickOpen");
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

/** A session of Codex that takes some seconds to be read. */
function longRollout(): string {
  const record = (type: string, payload: object) =>
    `${JSON.stringify({ timestamp: "2026-02-01T10:00:00.000Z", type, payload })}\n`;
  const content = [{ type: "input_text", text: "Again. ".repeat(20) }];
  const said = record("response_item", { type: "message", role: "user", content });
  const id = "22222222-2222-4222-8222-222222222222";
  const meta = {
    id,
    timestamp: "2026-02-01T10:00:00Z",
    cwd: "/home/ann/api",
    cli_version: "0.118.0",
  };
  return record("session_meta", meta) + said.repeat(100_000);
}
