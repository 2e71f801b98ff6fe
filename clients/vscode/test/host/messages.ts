import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ImportSummary } from "../../src/importing";
import {
  closeAll,
  configure,
  example,
  execute,
  root,
  sessions,
  sleep,
  sql,
  tabs,
  until,
  useRealServer,
  useStandIn,
} from "./world";

interface Shown {
  how: string;
  message: string;
  buttons: string[];
  press: (button: string | undefined) => void;
}

const HOW = ["showErrorMessage", "showWarningMessage", "showInformationMessage"] as const;

describe("a person", () => {
  const originals = new Map<string, unknown>();
  let shown: Shown[] = [];

  before(() => {
    for (const how of HOW) {
      originals.set(how, vscode.window[how]);
      const stub = (message: string, ...buttons: string[]) =>
        new Promise<string | undefined>((press) => shown.push({ how, message, buttons, press }));
      Object.defineProperty(vscode.window, how, { value: stub, configurable: true });
    }
  });

  beforeEach(async () => {
    await useRealServer();
    shown = [];
  });

  afterEach(closeAll);

  after(() => {
    for (const how of HOW) {
      Object.defineProperty(vscode.window, how, { value: originals.get(how), configurable: true });
    }
  });

  /** The one message that there was, after waiting for others. */
  const only = async (): Promise<Shown> => {
    await until(() => shown.length > 0);
    await sleep(300);
    assert.deepEqual(
      shown.map((one) => one.message),
      [shown[0]?.message],
    );
    return shown[0] as Shown;
  };

  const menu = (uri: vscode.Uri, ...more: vscode.Uri[]) =>
    execute("hfs.importSession", uri, [uri, ...more]);

  const file = (name: string, text: string) => {
    const path = join(root, "notes", name);
    writeFileSync(path, text);
    return vscode.Uri.file(path);
  };

  it("without a server is offered to install it, once", async () => {
    await configure({ "server.path": undefined });
    shown = [];
    assert.equal(await execute("hfs.exportMarkdown"), undefined);
    const { message, buttons } = await only();
    assert.match(message, /was not found/);
    assert.deepEqual(buttons, ["Install", "Open Settings", "Show Log"]);
  });

  it("whose server dies is told why, once", async () => {
    await useStandIn("dies");
    await execute("hfs.listSessions");
    const { message, buttons } = await only();
    assert.match(message, /Killed by the test/);
    assert.deepEqual(buttons, ["Show Log"]);
  });

  it("whose server cannot start is told why, once", async () => {
    await useStandIn("exits");
    await execute("hfs.listSessions");
    assert.match((await only()).message, /No module named 'pygls'/);
  });

  it("whose server is too old learns how to upgrade it", async () => {
    await useStandIn("old");
    await execute("hfs.listSessions");
    const { buttons, press } = await only();
    assert.deepEqual(buttons, ["How to Upgrade", "Install", "Show Log"]);
    shown = [];
    press("How to Upgrade");
    assert.match((await only()).message, /pip install --upgrade hfs-server/);
  });

  it("who meets a busy store can try again", async () => {
    const free = join(root, "free");
    await useStandIn("busy", { HFS_TEST_FREE: free });
    const done = execute("hfs.listSessions");
    const { message, buttons, press } = await only();
    assert.equal(message, "The store is busy.");
    assert.deepEqual(buttons, ["Retry"]);
    await done;
    writeFileSync(free, "");
    shown = [];
    press("Retry");
    await sleep(500);
    assert.equal(shown.length, 0);
    await execute("workbench.action.closeQuickOpen");
  });

  it("who imports from the explorer reads what came of it, and opens it", async () => {
    await menu(example("an-old-chat.json"));
    const { how, message, buttons, press } = await only();
    assert.equal(how, "showInformationMessage");
    assert.match(message, /^Imported “.+” \(\d+ messages\), migrated from version 0\.0\.0/);
    assert.deepEqual(buttons, ["Open"]);
    press("Open");
    await until(() => tabs().length === 1);
  });

  it("who imports several files gets one message with all the truth", async () => {
    const poor = file("poor.json", "[1, 2");
    await menu(example("an-old-chat.json"), example("fix-the-login-bug.json"), poor);
    const { how, message } = await only();
    assert.equal(how, "showWarningMessage");
    assert.match(message, /Imported 2 sessions, 1 of them migrated from version 0\.0\.0\./);
    assert.match(message, /poor\.json was refused: /);
  });

  it("who imports a newer export learns how to upgrade", async () => {
    await menu(file("new.json", '{"metadata": {"schema_version": "2.0.0"}, "messages": []}'));
    const { how, message, buttons } = await only();
    assert.equal(how, "showErrorMessage");
    assert.match(message, /2\.0\.0/);
    assert.deepEqual(buttons, ["How to Upgrade"]);
  });

  it("who exports over a file can overwrite it", async () => {
    await menu(example("fix-the-login-bug.json"));
    const destination = file("taken.md", "old").fsPath;
    shown = [];
    const done = execute("hfs.exportMarkdown", { destination });
    await sleep(1000);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    const { buttons, press } = await only();
    assert.deepEqual(buttons, ["Overwrite"]);
    await done;
    shown = [];
    press("Overwrite");
    assert.match((await only()).message, /^Exported to taken\.md/);
  });

  it("who opens a session that is too large for a tab is led to an export", async function () {
    this.timeout(120_000);
    const store = await useRealServer();
    await execute("hfs.listSessions", {});
    await menu(example("an-old-chat.json"));
    sql(
      store,
      `DELETE FROM messages; UPDATE sessions SET name = 'Huge';
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 52)
       INSERT INTO messages (session_id, role, content, created_at)
       SELECT 1, 'user', printf('%.1000000c', 'x'), '2020-01-01 00:00:00' FROM n`,
    );
    shown = [];
    const opening = execute("hfs.openSession");
    await sleep(1000);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    await opening;
    await until(() => shown.length > 0, 60_000);
    const { buttons, press } = await only();
    assert.deepEqual(buttons, ["Export as Markdown"]);
    shown = [];
    press("Export as Markdown");
    const exported = await only();
    assert.match(
      exported.message,
      /^Exported to Huge.* \(5\d MB\), which is too large for a tab\.$/,
    );
    assert.deepEqual(exported.buttons, ["Reveal"]);
  });

  describe("who cancels an import", () => {
    const original = vscode.window.withProgress;

    /** Presses Cancel as soon as there is such a button. */
    const cancelAtOnce: typeof vscode.window.withProgress = (_, task) => {
      const source = new vscode.CancellationTokenSource();
      setTimeout(() => source.cancel(), 50);
      return task({ report: () => {} }, source.token);
    };

    const set = (value: unknown) =>
      Object.defineProperty(vscode.window, "withProgress", { value, configurable: true });

    afterEach(() => set(original));

    it("finds nothing of it in the store", async () => {
      const message = {
        role: "user",
        content: "x".repeat(100),
        created_at: "2026-01-01T00:00:00Z",
      };
      const large = file("large.json", JSON.stringify(Array(400_000).fill(message)));
      await execute("hfs.listSessions", {});
      set(cancelAtOnce);
      const summary = await execute<ImportSummary>("hfs.importSession", large, [large]);
      assert.equal(summary.cancelled, true);
      assert.match((await only()).message, /cancelled/);
      assert.deepEqual(await sessions(), []);
    });

    it("does not wait for a server that takes no notice", async () => {
      await useStandIn("silent");
      await execute("hfs.restartServer");
      set(cancelAtOnce);
      const began = Date.now();
      const old = example("an-old-chat.json");
      const summary = await execute<ImportSummary>("hfs.importSession", old, [old]);
      assert.equal(summary.cancelled, true);
      assert.ok(Date.now() - began < 6000);
    });
  });
});
