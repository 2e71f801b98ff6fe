import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { SeveralExports } from "../../src/exportTo/several";
import { reportOf } from "../../src/exportTo/several";
import type { ExportResult, SessionSummary } from "../../src/server/protocol";
import { SessionRow } from "../../src/sessions/rows";
import { forget, keepNotifications, only } from "./notifications";
import { closeAll, execute, root, sessions, sql, tabs, until, useRealServer } from "./world";

const MANY = 1000;

describe("exporting to a place that is chosen", () => {
  const { showQuickPick, showOpenDialog, showSaveDialog, withProgress } = vscode.window;
  const real = { showQuickPick, showOpenDialog, showSaveDialog, withProgress };
  const workspace = () => vscode.workspace.workspaceFolders?.[0]?.uri ?? assert.fail();
  let store: string;
  let all: SessionSummary[];
  let folders = 0;

  keepNotifications();

  before(async () => {
    store = await useRealServer();
    for (const name of ["One", "Two", "Three"]) {
      await imported(name);
    }
    all = await sessions();
  });

  beforeEach(forget);

  afterEach(async () => {
    for (const [name, value] of Object.entries(real)) {
      set(name, value);
    }
    await closeAll();
  });

  const set = (name: string, value: unknown) =>
    Object.defineProperty(vscode.window, name, { value, configurable: true });

  const imported = async (name: string) => {
    const metadata = { schema_version: "1.0.0", session_name: name };
    const messages = [{ role: "user", content: name, created_at: "2026-02-01T10:00:00Z" }];
    const file = join(root, `placed ${name}.json`);
    writeFileSync(file, JSON.stringify({ metadata, messages, checkpoints: [] }));
    await execute("hfs.importSession", vscode.Uri.file(file));
  };

  const folder = () => {
    const path = join(root, `placed-${++folders}`);
    mkdirSync(path);
    return vscode.Uri.file(path);
  };

  const row = (name: string) =>
    new SessionRow(all.find((one) => one.name === name) ?? assert.fail(name), "");

  /** Chooses a format and a place by parts of their labels; gives the labels of the places. */
  const choose = (format: string, place: string, uri?: vscode.Uri): string[] => {
    const labels: string[] = [];
    const wanted = [format, place];
    set("showQuickPick", async (rows: vscode.QuickPickItem[]) => {
      labels.splice(0, labels.length, ...rows.map(({ label }) => label));
      const text = wanted.shift() ?? assert.fail();
      return rows.find(({ label }) => label.includes(text));
    });
    set("showOpenDialog", async () => uri && [uri]);
    set("showSaveDialog", async () => uri);
    return labels;
  };

  it("offers the workspace, the default folder, and others, and the last one the next time", async () => {
    const chosen = folder();
    const first = choose("Markdown", "To a Folder", chosen);
    const result = await execute<ExportResult>("hfs.exportRowTo", row("One"));
    assert.ok(result.uri.startsWith(`${chosen.toString()}/One_`), result.uri);
    assert.match((await only()).message, /^Exported to One_.*\.md/);
    assert.equal(tabs()[0]?.label, vscode.Uri.parse(result.uri).path.split("/").at(-1));
    assert.ok(!first.some((label) => label.includes("history")));
    assert.deepEqual(
      first.map((label) => label.replace(/\/.*\//, "…")),
      [
        "$(root-folder) …notes",
        "$(save) To the Default Folder",
        "$(folder) To a Folder…",
        "$(file) To a File…",
      ],
    );
    forget();
    const second = choose("JSON", "$(history)");
    const again = await execute<ExportResult>("hfs.exportRowTo", row("Two"));
    assert.ok(again.uri.startsWith(`${chosen.toString()}/Two_`), again.uri);
    assert.ok(second[0]?.includes(chosen.fsPath));
    rmSync(chosen.fsPath, { recursive: true });
    const third = choose("JSON", "nothing");
    assert.equal(await execute("hfs.exportRowTo", row("Two")), undefined);
    assert.ok(!third.some((label) => label.includes("history")));
  });

  it("writes into the workspace, to the default folder, and to a file", async () => {
    choose("HTML", "$(root-folder)");
    const inWorkspace = await execute<ExportResult>("hfs.exportRowTo", row("One"));
    assert.ok(inWorkspace.uri.startsWith(`${workspace().toString()}/One_`));
    await vscode.workspace.fs.delete(vscode.Uri.parse(inWorkspace.uri));
    choose("JSON", "Default");
    const byDefault = await execute<ExportResult>("hfs.exportRowTo", row("One"));
    assert.match(byDefault.uri, /\/exports\/One_/);
    const file = vscode.Uri.joinPath(folder(), "mine.json");
    // The dialog has asked whether to overwrite it.
    writeFileSync(file.fsPath, "old");
    choose("JSON", "To a File", file);
    const toFile = await execute<ExportResult>("hfs.exportRowTo", row("One"));
    assert.equal(toFile.uri, file.toString());
    assert.ok(toFile.bytes > 100);
  });

  it("does not write where only VS Code can", async () => {
    choose("JSON", "To a Folder", vscode.Uri.parse("untitled:/x"));
    assert.equal(await execute("hfs.exportRowTo", row("One")), undefined);
    assert.match((await only()).message, /writes only to the machine that it runs on/);
  });

  it("writes all that are selected to one folder, with one message", async () => {
    const chosen = folder();
    const labels = choose("Markdown", "To a Folder", chosen);
    const rows = [row("One"), row("Three"), row("One"), new vscode.TreeItem("Older")];
    const done = await execute<SeveralExports>("hfs.exportRows", rows[0], rows);
    assert.ok(!labels.some((label) => label.includes("To a File")));
    assert.equal(done.written.length, 2);
    assert.deepEqual(
      readdirSync(chosen.fsPath).map((name) => name.split("_")[0]),
      ["One", "Three"],
    );
    const { how, message, press } = await only();
    assert.equal(how, "showInformationMessage");
    assert.match(message, /^Exported 2 sessions to .*placed-\d+\.$/);
    assert.equal(tabs().length, 0);
    press("Show Details");
    await until(() => /Export Report/.test(tabs()[0]?.label ?? ""));
    const text = vscode.window.activeTextEditor?.document.getText() ?? "";
    assert.match(text, /## Written\n\n- \[One\\_.*\]\(<file:\/\/\/.*\.md>\)\n- \[Three/);
  });

  it("says once what failed, and writes the others", async () => {
    await imported("Gone");
    all = await sessions();
    const rows = [row("One"), row("Gone"), row("Two")];
    sql(store, "DELETE FROM sessions WHERE name = 'Gone'");
    choose("JSON", "To a Folder", folder());
    const done = await execute<SeveralExports>("hfs.exportRows", rows[1], rows);
    assert.deepEqual([done.written.length, done.failed.length], [2, 1]);
    const { how, message } = await only();
    assert.equal(how, "showWarningMessage");
    assert.match(message, /^Exported 2 of 3 sessions to .*: 1 failed\.$/);
    assert.match(reportOf(done), /## Failed\n\n- \[Gone\]\(hfs:.*\.md\): The store has no session/);
  });

  it("ends where every session would fail, with the reason", async () => {
    const chosen = folder();
    choose("JSON", "To a Folder", vscode.Uri.joinPath(chosen, "missing", "folder"));
    const rows = [row("One"), row("Two")];
    assert.equal(await execute("hfs.exportRows", rows[0], rows), undefined);
    const { how, message } = await only();
    assert.equal(how, "showErrorMessage");
    assert.match(message, /folder|directory/i);
  });

  it("can be cancelled; what was written stays", async () => {
    // So many that even the fastest machine is not done when the progress is shown.
    const range = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})`;
    const time = "2020-01-01 00:00:00";
    sql(
      store,
      `${range} INSERT INTO sessions (id, name, created_at) SELECT 1000 + i, 'Many', '${time}' FROM n;
       ${range} INSERT INTO messages (session_id, role, content, created_at)
       SELECT 1000 + i, 'user', 'Hello', '${time}' FROM n`,
    );
    const rows = Array.from({ length: MANY }, (_, n) => {
      const { session } = row("One");
      return new SessionRow({ ...session, id: 1001 + n, name: "Many" }, "");
    });
    const chosen = folder();
    set(
      "withProgress",
      (options: vscode.ProgressOptions, work: (...given: object[]) => unknown) => {
        if (!options.cancellable) {
          return withProgress(options, work as never);
        }
        const source = new vscode.CancellationTokenSource();
        const working = work({ report: () => {} }, source.token);
        source.cancel();
        return working;
      },
    );
    choose("JSON", "To a Folder", chosen);
    const done = await execute<SeveralExports>("hfs.exportRows", rows[0], rows);
    assert.equal(done.cancelled, true);
    assert.ok(done.written.length >= 1 && done.written.length < MANY);
    assert.match((await only()).message, /^Exported \d+ of 1000 sessions to .*: cancelled\.$/);
    assert.equal(readdirSync(chosen.fsPath).length, done.written.length);
    sql(
      store,
      "DELETE FROM messages WHERE session_id > 1000; DELETE FROM sessions WHERE id > 1000",
    );
  });

  it("asks for rows where none is selected", async () => {
    await execute("hfs.exportRows", new vscode.TreeItem("Older"), []);
    assert.equal((await only()).message, "Select the sessions to export.");
  });
});
