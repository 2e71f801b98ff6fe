import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ExportResult } from "../../src/server/protocol";
import type { ImportSummary } from "../../src/sessions/importing";
import {
  api,
  closeAll,
  example,
  execute,
  failureOf,
  previews,
  root,
  sleep,
  sql,
  textTab,
  until,
  useRealServer,
  useStandIn,
  variable,
} from "./world";

describe("hfs: documents", () => {
  let store: string;
  let id: number;

  before(async () => {
    store = await useRealServer();
    const file = example("fix-the-login-bug.json");
    const summary = await execute<ImportSummary>("hfs.importSession", file);
    id = summary.sessions[0]?.id ?? 0;
  });

  afterEach(closeAll);

  /** The lines but for the one that says when they were made. */
  const undated = (whole: string) => whole.split("\n").filter((line) => !/Exported:/.test(line));

  const text = () => vscode.window.activeTextEditor?.document.getText() ?? "";

  it("hold the same text as an export, read-only, as Markdown", async () => {
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: id });
    assert.equal(uri.scheme, "hfs");
    assert.equal(textTab(uri)?.isDirty, false);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.languageId, "markdown");
    const file = await execute<ExportResult>("hfs.exportMarkdown", { sessionId: id, open: "none" });
    const exported = readFileSync(vscode.Uri.parse(file.uri).fsPath, "utf8");
    assert.deepEqual(undated(text()), undated(exported));
  });

  it("show the session as JSON too", async () => {
    await execute("hfs.openSession", { sessionId: id, format: "json" });
    assert.equal(JSON.parse(text()).metadata.schema_version, "1.1.0");
  });

  it("are files that nobody can write, with the lock and the path of such", async () => {
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: id });
    assert.equal(vscode.workspace.fs.isWritableFileSystem("hfs"), false);
    const stat = await vscode.workspace.fs.stat(uri);
    assert.equal(stat.permissions, vscode.FilePermission.Readonly);
    const folder = vscode.Uri.joinPath(uri, "..");
    const names = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name);
    assert.ok(names.includes(uri.path.split("/").at(-1) ?? ""));
    await failureOf(Promise.resolve(vscode.workspace.fs.writeFile(uri, new Uint8Array())));
  });

  it("are not there for what is no session", async () => {
    for (const path of [
      "/sessions/1/src/app.py",
      "/sessions/x.md",
      "/else.md",
      "/sessions/9999.md",
    ]) {
      const uri = vscode.Uri.from({ scheme: "hfs", path });
      const failure = await failureOf(Promise.resolve(vscode.workspace.fs.readFile(uri)));
      assert.equal((failure as vscode.FileSystemError).code, "FileNotFound", path);
    }
  });

  it("change only when their own session does", async () => {
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: id });
    const before = text();
    let changes = 0;
    const listener = vscode.workspace.onDidChangeTextDocument(({ document }) => {
      changes += document.uri.toString() === uri.toString() ? 1 : 0;
    });
    sql(
      store,
      `INSERT INTO sessions (id, name, created_at) VALUES (50, 'Another', '2020-01-01 00:00:00');
       INSERT INTO messages (session_id, role, content, created_at)
       VALUES (50, 'user', 'Elsewhere', '2030-01-01 00:00:00.000000')`,
    );
    const another = await execute<vscode.Uri>("hfs.openSession", { sessionId: 50 });
    sql(store, "UPDATE messages SET content = 'Changed' WHERE session_id = 50");
    await until(() => text().includes("Changed"));
    assert.equal(changes, 0);
    assert.notEqual(another.toString(), uri.toString());
    listener.dispose();
    const kept = vscode.workspace.textDocuments.find(
      (one) => one.uri.toString() === uri.toString(),
    );
    assert.equal(kept?.getText(), before);
  });

  describe("of a session that takes long", () => {
    const original = vscode.window.withProgress;
    let patience: number;
    let cancel: (() => void) | undefined;
    let titles: string[] = [];
    const set = (value: unknown) =>
      Object.defineProperty(vscode.window, "withProgress", { value, configurable: true });

    before(function () {
      if (variable("HFS_TEST_VSIX")) {
        // Only beside the sources is this the same `vscode` object that the extension sees.
        this.skip();
      }
      patience = api().limits.patience;
      // A message that has to be parsed and rewritten takes a millisecond and more.
      sql(
        store,
        `INSERT INTO sessions (id, name, created_at) VALUES
           (60, 'Long', '2020-01-01 00:00:00'), (61, 'Long', '2020-01-01 00:00:00');
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
         INSERT INTO messages (session_id, role, content, created_at)
         SELECT 60 + i % 2, 'user', replace(
             printf('%d. <b>a</b>~~- x~  > ![i](x.png) $$ [c](d:x)~  > # h~  > ---', i), '~', char(10)),
           '2020-01-01 00:00:00' FROM n`,
      );
      set((options: vscode.ProgressOptions, task: Parameters<typeof original>[1]) => {
        if (options.location !== vscode.ProgressLocation.Notification) {
          return original(options, task);
        }
        const source = new vscode.CancellationTokenSource();
        titles.push(options.title ?? "");
        cancel = () => source.cancel();
        return task({ report: () => {} }, source.token);
      });
    });

    beforeEach(() => {
      titles = [];
      cancel = undefined;
      api().limits.patience = 0;
    });

    after(() => {
      set(original);
      api().limits.patience = patience;
    });

    it("show the beginning at once, and the rest when it is there", async function () {
      this.timeout(120_000);
      const { limits } = api();
      const { answer } = limits;
      limits.answer = 1000;
      await execute("hfs.openSession", { sessionId: 60 });
      limits.answer = answer;
      assert.match(text(), /\n### 1\. User.*\n\n2\. /);
      assert.match(text().slice(-100), /The rest is being loaded\./);
      await until(() => titles.length > 0);
      assert.deepEqual(titles, ["Opening Session 60"]);
      await until(() => /### 4000\. User/.test(text().slice(-200)), 100_000);
      assert.doesNotMatch(text(), /The rest is/);
    });

    it("keep the beginning after a cancellation, and load the rest when opened again", async function () {
      this.timeout(120_000);
      await execute("hfs.openSession", { sessionId: 61 });
      await until(() => cancel !== undefined);
      cancel?.();
      await until(() => /The rest was not loaded\./.test(text().slice(-200)));
      sql(store, "UPDATE sessions SET name = 'Still long' WHERE id = 61");
      await sleep(1500);
      assert.match(text().slice(-200), /The rest was not loaded\./);
      await execute("hfs.openSession", { sessionId: 61 });
      await until(() => /### 4000\. User/.test(text().slice(-200)), 100_000);
    });
  });

  it("follow the session when another program adds a message", async () => {
    await execute("hfs.openSession", { sessionId: id });
    sql(
      store,
      `INSERT INTO messages (session_id, role, content, created_at)
       VALUES (${id}, 'user', 'One more thing', '2030-01-01 00:00:00.000000')`,
    );
    await until(() => text().includes("One more thing"));
  });

  it("open as a preview", async () => {
    await execute("hfs.openSession", { sessionId: id, preview: true });
    await until(() => previews().length === 1);
  });

  it("start the server when one is opened before any command", async () => {
    process.kill(api().serverPid ?? 0, "SIGKILL");
    await until(() => api().serverPid === undefined);
    const uri = vscode.Uri.parse(`hfs:/sessions/${id}/From elsewhere.md`);
    const document = await vscode.workspace.openTextDocument(uri);
    assert.match(document.getText(), /One more thing/);
  });

  it("do not start a server that dies again and again, nor does the view", async () => {
    const starts = join(root, "starts");
    await execute("hfs.openSession", { sessionId: id });
    const shown = text();
    await execute("hfs.sessions.focus");
    for (const mode of ["dies", "exits"]) {
      writeFileSync(starts, "");
      await useStandIn(mode, { STANDIN_STARTS: starts });
      await failureOf(execute("hfs.listSessions", {}));
      await sleep(2000);
      const count = readFileSync(starts, "utf8").split("\n").length - 1;
      // One for the command, and one for the view, which was asked anew by the settings.
      assert.ok(count <= 3, `${count} starts of a server that ${mode}`);
    }
    const kept = text();
    await execute("hfs.sessions.toggleVisibility");
    store = await useRealServer(store);
    assert.deepEqual(undated(kept), undated(shown));
  });

  it("show the beginning of a session that is too large, while its export still works", async function () {
    this.timeout(60_000);
    sql(
      store,
      `INSERT INTO sessions (id, name, created_at) VALUES (77, 'Huge', '2020-01-01 00:00:00');
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 52)
       INSERT INTO messages (session_id, role, content, created_at)
       SELECT 77, 'user', printf('%.1000000c', 'x'), '2020-01-01 00:00:00' FROM n`,
    );
    await execute("hfs.openSession", { sessionId: 77 });
    await until(() => /The rest was not loaded\..*too large/.test(text().slice(-500)));
    assert.match(text(), /^# Huge\n/);
    const asJson = execute("hfs.openSession", { sessionId: 77, format: "json" });
    assert.match((await failureOf(asJson)).message, /too large/);
    const result = await execute<ExportResult>("hfs.exportMarkdown", { sessionId: 77 });
    assert.ok(result.bytes > 50_000_000);
    assert.equal(textTab(vscode.Uri.parse(result.uri)), undefined);
  });
});
