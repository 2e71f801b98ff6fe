import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { hasMore, reportOf, summaryLine } from "../../src/exportAll/report";
import type { ExportAllResult } from "../../src/server/protocol";
import { keepNotifications, only } from "./notifications";
import { example, execute, failureOf, root, useRealServer, useStandIn } from "./world";

describe("exporting all sessions", () => {
  const { showQuickPick, showOpenDialog } = vscode.window;
  const folder = vscode.Uri.file(join(root, "all"));

  keepNotifications();

  before(async () => {
    await useRealServer();
    for (const name of ["fix-the-login-bug.json", "an-old-chat.json"]) {
      await execute("hfs.importSession", example(name));
    }
  });

  afterEach(() => {
    set("showQuickPick", showQuickPick);
    set("showOpenDialog", showOpenDialog);
  });

  const set = (name: string, value: unknown) =>
    Object.defineProperty(vscode.window, name, { value, configurable: true });

  /** Chooses the row whose label has this text, and the folder in the dialog. */
  const choose = (text: string): string[] => {
    const labels: string[] = [];
    set("showQuickPick", async (rows: vscode.QuickPickItem[]) => {
      labels.push(...rows.map(({ label }) => label));
      return rows.find(({ label }) => label.includes(text));
    });
    set("showOpenDialog", async () => [folder]);
    return labels;
  };

  it("writes a folder, and again only what is new", async () => {
    assert.ok(!choose("To a Folder").some((label) => label.includes("history")));
    const first = await execute<ExportAllResult>("hfs.exportAll");
    assert.deepEqual([first.written, first.unchanged], [2, 0]);
    const { message, buttons } = await only();
    assert.match(message, /^Exported all sessions to .*all: 2 written, 0 unchanged\.$/);
    assert.deepEqual(buttons, ["Reveal"]);
    assert.ok(readdirSync(folder.fsPath).includes("hfs-export.json"));
    const labels = choose("/all");
    const second = await execute<ExportAllResult>("hfs.exportAll");
    assert.deepEqual([second.written, second.unchanged], [0, 2]);
    assert.match(labels[0] ?? "", /^\$\(history\) .*all$/);
  });

  it("is there for callers, with a path, filters and errors", async () => {
    const destination = join(root, "all.zip");
    const result = await execute<ExportAllResult>("hfs.exportAll", { destination, tools: ["hfs"] });
    assert.equal(result.written, 2);
    assert.ok(result.uri.endsWith("/all.zip"));
    const failure = await failureOf(
      execute("hfs.exportAll", { destination: example("an-old-chat.json") }),
    );
    assert.ok(failure.message);
  });

  it("does nothing where no place is chosen", async () => {
    choose("none");
    assert.equal(await execute("hfs.exportAll"), undefined);
  });

  it("says what failed, in a report that shows it literally", () => {
    const failed = [{ sessionId: 7, name: "a_[1].json", reason: "It is <b>damaged</b>." }];
    const counts = { uri: "file:///x", written: 1, unchanged: 2, removed: 0 };
    const result = { ...counts, failed, warnings: ["One"] };
    assert.ok(hasMore(result));
    assert.match(summaryLine(result, "/x"), /1 written, 2 unchanged, 1 failed, 1 warning\.$/);
    const report = reportOf(result, "/x");
    assert.ok(report.includes("(hfs:/sessions/7.md), a\\_\\[1\\].json: It is \\<b\\>damaged"));
  });

  it("a server that is too old for it says so, once", async () => {
    await useStandIn("closed");
    await execute("hfs.exportAll");
    assert.match((await only()).message, /cannot export all sessions/);
  });
});
