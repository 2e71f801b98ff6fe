import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import type { ImportSummary } from "../../src/sessions/importing";
import { count, forget, keepNotifications, only, pressed } from "./notifications";
import {
  closeAll,
  example,
  execute,
  root,
  sessions,
  tabs,
  until,
  useRealServer,
  useStandIn,
} from "./world";

const WRONG = '{"messages": [\n{"role": "user", "content": "secret words"},\n{"role": 5}]}';
const NEWER = '{"metadata": {"schema_version": "9.0.0"}, "messages": []}';
const [OLD, BUG] = ["an-old-chat.json", "fix-the-login-bug.json"];

describe("a person who imports", () => {
  keepNotifications();

  beforeEach(async () => {
    await useRealServer();
    forget();
  });

  afterEach(closeAll);

  const menu = (uri: vscode.Uri, ...more: vscode.Uri[]) =>
    execute<ImportSummary | undefined>("hfs.importFile", uri, [uri, ...more]);

  const file = (name: string, text: string) => {
    const path = join(root, "notes", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return vscode.Uri.file(path);
  };

  const shownText = () => vscode.window.activeTextEditor?.document.getText() ?? "";

  it("from the explorer reads what came of it, and opens it", async () => {
    await menu(example(OLD));
    const { how, message, press } = await only();
    assert.equal(how, "showInformationMessage");
    assert.match(message, /^Imported “.+” \(\d+ messages\), migrated from version 0\.0\.0/);
    press("Open");
    await until(() => tabs().length === 1);
  });

  it("several files gets one line, and a report that says file by file what to do", async () => {
    const poor = file("poor.json", WRONG);
    const newer = file("from *the* future.json", NEWER);
    const markdown = file("notes.md", "# A session");
    const gone = vscode.Uri.file(join(root, "notes/gone.json"));
    await menu(example(OLD), example(BUG), poor, newer, markdown, gone);
    const { how, message, buttons, press } = await only();
    assert.equal(how, "showWarningMessage");
    assert.equal(message, "2 sessions imported, 4 files failed.");
    assert.deepEqual(buttons, ["Open", "Show Details", "How to Upgrade"]);
    press("Show Details");
    await until(() => shownText().includes("# HFS Import Report"));
    const report = shownText();
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.isDirty, false);
    assert.equal(editor?.document.languageId, "markdown");
    for (const name of [
      "poor.json",
      "from \\*the\\* future.json",
      "notes.md",
      "gone.json",
      OLD,
      BUG,
    ]) {
      assert.ok(report.includes(`### ${name}\n`), name);
    }
    assert.match(report, /2 sessions imported, 4 files failed\./);
    assert.match(report, /poor\.json#L3>/);
    assert.match(report, /messages\[1\]\.(role|content)/);
    assert.match(report, /Markdown cannot be imported/);
    assert.match(report, /pip install --upgrade hfs-server/);
    assert.equal(report.match(/^- What to do: /gm)?.length, 4);
    assert.match(report, /- Migrated: from version 0\.0\.0/);
    assert.doesNotMatch(report, /secret words|undefined/);
  });

  it("finds the same in the log, without a word of a session", async () => {
    const named = { session_name: "Secret name", messages: [{ role: "user", content: "secret" }] };
    await menu(file("poor.json", WRONG), file("named.json", JSON.stringify(named)));
    await only();
    const log = () => logFiles().join("\n");
    await until(() => /named\.json: imported as session \d+/.test(log()));
    assert.match(log(), /poor\.json: failed \(invalidDocument\): /);
    assert.match(log(), /messages\[1\]\.role \(line 3\)/);
    assert.doesNotMatch(log(), /Secret name|secret words/);
  });

  it("many files that fail gets one line too", async () => {
    const poor = Array.from({ length: 12 }, (_, n) => file(`poor-${n}.json`, "[1, 2"));
    await menu(poor[0] as vscode.Uri, ...poor.slice(1));
    const { how, message, buttons } = await only();
    assert.equal(how, "showErrorMessage");
    assert.equal(message, "0 sessions imported, 12 files failed.");
    assert.deepEqual(buttons, ["Show Details"]);
  });

  it("a bad file reads its name, and opens it where it is wrong", async () => {
    const poor = file("poor.json", WRONG);
    await menu(poor);
    const { how, message, buttons, press } = await only();
    assert.equal(how, "showErrorMessage");
    assert.match(message, /^poor\.json: .*messages\[1\]/);
    assert.deepEqual(buttons, ["Open File", "Show Details"]);
    press("Open File");
    await until(() => vscode.window.activeTextEditor?.document.uri.fsPath === poor.fsPath);
    await until(() => vscode.window.activeTextEditor?.selection.active.line === 2);
  });

  it("a file that is not JSON at all is led to its line as well", async () => {
    await menu(file("poor.json", '{"messages": []}\n\n}'));
    const { buttons, press } = await only();
    assert.deepEqual(buttons, ["Open File"]);
    press("Open File");
    await until(() => vscode.window.activeTextEditor?.selection.active.line === 2);
  });

  it("Markdown reads that it cannot be imported, and what can", async () => {
    await menu(file("notes.md", "# A session\n"));
    const { message } = await only();
    assert.match(message, /^notes\.md: Markdown cannot be imported\. Export the session as JSON/);
  });

  it("a newer export learns how to upgrade, alone and among others", async () => {
    const newer = file("new.json", NEWER);
    for (const files of [[newer], [newer, example(BUG)], [newer, newer]]) {
      await menu(files[0] as vscode.Uri, ...files.slice(1));
      const { buttons } = await only();
      assert.ok(buttons.includes("How to Upgrade"), buttons.join());
      assert.match((await pressed("How to Upgrade")).message, /pip install --upgrade/);
      forget();
    }
  });

  it("while the server dies can try again what is not in the store yet", async () => {
    await useStandIn("dies");
    forget();
    await menu(example(OLD), example(BUG));
    const { message, buttons, press } = await only();
    assert.equal(message, "0 sessions imported, 1 file failed, 1 file left out.");
    assert.deepEqual(buttons, ["Show Details", "Retry", "Show Log"]);
    await useRealServer();
    forget();
    press("Retry");
    assert.equal((await only()).message, "2 sessions imported.");
    assert.equal((await sessions()).length, 2);
  });

  describe("and cancels", () => {
    const original = vscode.window.withProgress;
    let titles: (string | undefined)[] = [];

    /** Presses Cancel as soon as there is such a button. */
    const cancelAtOnce: typeof vscode.window.withProgress = ({ title }, task) => {
      titles.push(title);
      const source = new vscode.CancellationTokenSource();
      setTimeout(() => source.cancel(), 50);
      return task({ report: () => {} }, source.token);
    };

    const set = (value: unknown) =>
      Object.defineProperty(vscode.window, "withProgress", { value, configurable: true });

    beforeEach(() => {
      titles = [];
    });

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
      const summary = await menu(large);
      assert.equal(summary?.cancelled, true);
      assert.deepEqual(titles, ["Importing large.json"]);
      assert.match((await only()).message, /^Import cancelled: .*1 file left out\.$/);
      assert.deepEqual(await sessions(), []);
      rmSync(large.fsPath);
    });

    it("does not wait for a server that takes no notice", async () => {
      await useStandIn("silent");
      await execute("hfs.restartServer");
      set(cancelAtOnce);
      const began = Date.now();
      const summary = await menu(example(OLD));
      assert.equal(summary?.cancelled, true);
      assert.ok(Date.now() - began < 6000);
      assert.equal(count(), 1);
    });
  });
});

/** What the extension wrote into its log, in this window. */
function logFiles(): string[] {
  const logs = join(root, "data/logs");
  return readdirSync(logs, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("HFS.log"))
    .map((name) => readFileSync(join(logs, name), "utf8"));
}
