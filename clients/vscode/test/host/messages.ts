import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { count, forget, keepNotifications, only } from "./notifications";
import {
  api,
  closeAll,
  configure,
  example,
  execute,
  root,
  sleep,
  sql,
  until,
  useRealServer,
  useStandIn,
} from "./world";

describe("a person", () => {
  keepNotifications();

  beforeEach(async () => {
    await useRealServer();
    forget();
  });

  afterEach(closeAll);

  const menu = (uri: vscode.Uri, ...more: vscode.Uri[]) =>
    execute("hfs.importSession", uri, [uri, ...more]);

  const file = (name: string, text: string) => {
    const path = join(root, "notes", name);
    writeFileSync(path, text);
    return vscode.Uri.file(path);
  };

  it("without a server is offered to install it, once", async () => {
    await configure({ "server.path": undefined });
    forget();
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
    assert.deepEqual(buttons, ["Retry", "Show Log"]);
  });

  it("whose server was killed in the middle of its work can try again", async () => {
    await useStandIn("silent");
    const listing = execute("hfs.listSessions");
    await until(() => api().serverPid !== undefined);
    process.kill(api().serverPid ?? 0, "SIGKILL");
    const { buttons, press } = await only();
    assert.deepEqual(buttons, ["Retry", "Show Log"]);
    await listing;
    await useRealServer();
    forget();
    press("Retry");
    await until(() => api().serverPid !== undefined);
    await sleep(500);
    assert.equal(count(), 0);
    await execute("workbench.action.closeQuickOpen");
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
    forget();
    press("How to Upgrade");
    assert.match((await only()).message, /pip install --upgrade hfs-server/);
  });

  it("who meets a busy store can try again", async () => {
    const free = join(root, "free");
    await useStandIn("busy", { STANDIN_FREE: free });
    const done = execute("hfs.listSessions");
    const { message, buttons, press } = await only();
    assert.equal(message, "The store is busy.");
    assert.deepEqual(buttons, ["Retry"]);
    await done;
    writeFileSync(free, "");
    forget();
    press("Retry");
    await sleep(500);
    assert.equal(count(), 0);
    await execute("workbench.action.closeQuickOpen");
  });

  it("who exports over a file can overwrite it", async () => {
    await menu(example("fix-the-login-bug.json"));
    const destination = file("taken.md", "old").fsPath;
    forget();
    const done = execute("hfs.exportMarkdown", { destination });
    await sleep(1000);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    const { buttons, press } = await only();
    assert.deepEqual(buttons, ["Overwrite"]);
    await done;
    forget();
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
    forget();
    const opening = execute("hfs.openSession");
    await sleep(1000);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    await opening;
    await until(() => count() > 0, 60_000);
    const { buttons, press } = await only();
    assert.deepEqual(buttons, ["Export as Markdown"]);
    forget();
    press("Export as Markdown");
    const exported = await only();
    assert.match(
      exported.message,
      /^Exported to Huge.* \(5\d MB\), which is too large for a tab\.$/,
    );
    assert.deepEqual(exported.buttons, ["Reveal"]);
  });
});
