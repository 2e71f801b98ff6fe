import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ExportResult, SessionSummary } from "../../src/server/protocol";
import { SessionRow } from "../../src/sessions/rows";
import { forget, keepNotifications, only } from "./notifications";
import { keepPicks, labels, loaded } from "./picks";
import {
  closeAll,
  execute,
  failureOf,
  root,
  sessions,
  sql,
  tabs,
  until,
  useRealServer,
} from "./world";

describe("comparing", () => {
  const { showQuickPick, showOpenDialog } = vscode.window;
  let one: SessionSummary;
  let other: SessionSummary;

  keepNotifications();
  keepPicks();

  before(async () => {
    const store = await useRealServer();
    // Ids that no other test's documents have, which VS Code keeps for a while.
    await execute("hfs.listSessions", {});
    sql(
      store,
      "INSERT INTO sessions (id, name, created_at) VALUES (7600, 'x', '2026-01-01 00:00:00')",
    );
    await add("Of January", "2026-01-01T10:00:00Z", "Why is it slow?");
    await add("Of February", "2026-02-01T10:00:00Z", "Why is it wrong?");
    sql(store, "DELETE FROM sessions WHERE id = 7600");
    const all = await sessions();
    one = all.find(({ name }) => name === "Of January") ?? assert.fail();
    other = all.find(({ name }) => name === "Of February") ?? assert.fail();
  });

  afterEach(async () => {
    set("showQuickPick", showQuickPick);
    set("showOpenDialog", showOpenDialog);
    await closeAll();
  });

  const set = (name: string, value: unknown) =>
    Object.defineProperty(vscode.window, name, { value, configurable: true });

  const add = async (name: string, time: string, content: string) => {
    const metadata = { schema_version: "1.0.0", session_name: name };
    const file = join(root, `compared ${name}.json`);
    const messages = [{ role: "user", content, created_at: time }];
    writeFileSync(file, JSON.stringify({ metadata, messages, checkpoints: [] }));
    await execute("hfs.importSession", vscode.Uri.file(file));
  };

  /** The one tab, which is a diff: its title, and the paths of both sides. */
  const shown = () => {
    const [{ label, input } = assert.fail(), ...more] = tabs();
    assert.equal(more.length, 0);
    assert.ok(input instanceof vscode.TabInputTextDiff, label);
    return [label, input.original, input.modified] as const;
  };

  const choose = (text: string) =>
    set("showQuickPick", async (rows: vscode.QuickPickItem[]) =>
      rows.find(({ label }) => label.includes(text)),
    );

  const row = (session: SessionSummary) => new SessionRow(session, "");

  it("shows two rows side by side, the one that was begun first on the left", async () => {
    const rows = [row(other), row(one)];
    await execute("hfs.compareRows", rows[0], rows);
    const [label, left, right] = shown();
    assert.equal(label, "Of January ↔ Of February");
    assert.equal(left.path, `/sessions/${one.id}/Of January.md`);
    assert.equal(right.path, `/sessions/${other.id}/Of February.md`);
    const text = (await vscode.workspace.openTextDocument(right)).getText();
    assert.ok(text.includes("Why is it wrong?"));
  });

  it("asks for two rows where there are more, or none", async () => {
    const third = { ...row(one), session: { ...one, id: 99 } };
    for (const rows of [[row(one), row(other), third], [new vscode.TreeItem("Older")], undefined]) {
      forget();
      await execute("hfs.compareRows", row(one), rows);
      assert.equal((await only()).message, "Select two sessions to compare them.");
    }
    assert.equal(tabs().length, 0);
  });

  it("asks with what to compare a row that is not one of those that are selected", async () => {
    choose("With a File");
    set("showOpenDialog", async () => [vscode.Uri.file(join(root, "compared Of January.json"))]);
    await execute("hfs.compareRows", row(one), [row(one)]);
    assert.equal(shown()[0], "Of January ↔ compared Of January.json");
  });

  it("compares a row with a session that is chosen", async () => {
    choose("With a Session");
    const done = execute("hfs.compareRow", row(one));
    const picked = await loaded();
    assert.deepEqual(labels(picked), ["Of February", "Of January"]);
    await until(() => picked.pick.activeItems.length > 0);
    await execute("workbench.action.acceptSelectedQuickOpenItem");
    await done;
    assert.equal(shown()[0], "Of January ↔ Of February");
  });

  it("compares a session with its exported file, in the format of the file", async () => {
    for (const format of ["markdown", "json"] as const) {
      const destination = vscode.Uri.file(join(root, "compared"));
      await vscode.workspace.fs.createDirectory(destination);
      const request = { sessionId: one.id, format, destination, open: "none" };
      const { uri } = await execute<ExportResult>("hfs.exportSession", request);
      const file = vscode.Uri.parse(uri);
      choose("With a File");
      set("showOpenDialog", async () => [file]);
      await execute("hfs.compareRow", row(one));
      const [label, left, right] = shown();
      assert.equal(label, `Of January ↔ ${file.path.split("/").at(-1)}`);
      assert.equal(right.toString(), file.toString());
      const ends = { markdown: ".md", json: ".json" };
      assert.ok(left.path.endsWith(ends[format]), left.path);
      const texts = [left, right].map(async (uri) =>
        undated((await vscode.workspace.openTextDocument(uri)).getText()),
      );
      assert.equal(await texts[0], await texts[1]);
      await closeAll();
    }
  });

  const undated = (text: string) =>
    text.replace(/\*\*Exported:\*\* .*|"exported_at": ".*"/, "").trim();

  it("compares the session of a tab", async () => {
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: other.id });
    choose("With a File");
    set("showOpenDialog", async () => [vscode.Uri.file(join(root, "compared Of January.json"))]);
    const [left] = await execute<vscode.Uri[]>("hfs.compareTab", uri);
    assert.equal(left?.path, `/sessions/${other.id}/Of February.json`);
  });

  it("is there for callers, with the id of a session or a file", async () => {
    const two = { sessionId: one.id, with: other.id };
    const [left, right] = await execute<vscode.Uri[]>("hfs.compareSessions", two);
    assert.match(left?.path ?? "", new RegExp(`^/sessions/${one.id}/`));
    assert.match(right?.path ?? "", new RegExp(`^/sessions/${other.id}/`));
    const itself = { sessionId: one.id, with: one.id };
    assert.equal((await execute<vscode.Uri[]>("hfs.compareSessions", itself)).length, 2);
    const gone = await failureOf(execute("hfs.compareSessions", { sessionId: one.id, with: 999 }));
    assert.match(gone.message, /The store has no session 999/);
    const missing = { sessionId: one.id, with: join(root, "nowhere.md") };
    const failure = await failureOf(execute("hfs.compareSessions", missing));
    assert.match(failure.message, /There is no file nowhere\.md/);
    const folder = await failureOf(execute("hfs.compareSessions", { ...missing, with: root }));
    assert.match(folder.message, /There is no file /);
  });

  it("does nothing where nothing is chosen", async () => {
    set("showQuickPick", async () => undefined);
    assert.equal(await execute("hfs.compareRow", row(one)), undefined);
    choose("With a File");
    set("showOpenDialog", async () => undefined);
    assert.equal(await execute("hfs.compareRow", row(one)), undefined);
    assert.equal(tabs().length, 0);
  });
});
