import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ImportSummary } from "../../src/importing";
import type { ExportResult } from "../../src/protocol";
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
} from "./world";

describe("hfs: documents", () => {
  let store: string;
  let id: number;

  before(async () => {
    store = await useRealServer();
    const file = example("fix-the-login-bug.json");
    const summary = await execute<ImportSummary>("hfs.importSession", file);
    id = summary.imported[0]?.sessions[0]?.id ?? 0;
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
    assert.equal(JSON.parse(text()).metadata.schema_version, "1.0.0");
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
      await useStandIn(mode, { HFS_TEST_STARTS: starts });
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

  it("say so when the session is too large, while its export still works", async function () {
    this.timeout(60_000);
    sql(
      store,
      `INSERT INTO sessions (id, name, created_at) VALUES (77, 'Huge', '2020-01-01 00:00:00');
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 52)
       INSERT INTO messages (session_id, role, content, created_at)
       SELECT 77, 'user', printf('%.1000000c', 'x'), '2020-01-01 00:00:00' FROM n`,
    );
    const failure = await failureOf(execute("hfs.openSession", { sessionId: 77 }));
    assert.match(failure.message, /too large/);
    const result = await execute<ExportResult>("hfs.exportMarkdown", { sessionId: 77 });
    assert.ok(result.bytes > 50_000_000);
    assert.equal(textTab(vscode.Uri.parse(result.uri)), undefined);
  });
});
