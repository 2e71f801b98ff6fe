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

  it("again reads that nothing is new, and opens what is there", async () => {
    await menu(example(OLD));
    forget();
    await menu(example(OLD));
    const { message, press } = await only();
    assert.match(message, /^“.+” \(\d+ messages\) is in the store already, and has not changed\./);
    press("Open");
    await until(() => tabs().length === 1);
  });

  it("several files gets one line, and a report that says session by session what came of it", async () => {
    const poor = file("poor.json", WRONG);
    const newer = file("from *the* future.json", NEWER);
    const markdown = file("notes.md", "# A session");
    const gone = vscode.Uri.file(join(root, "notes/gone.json"));
    await menu(example(OLD), example(BUG), poor, newer, markdown, gone);
    const { how, message, buttons, press } = await only();
    assert.equal(how, "showWarningMessage");
    assert.match(message, /^Import finished: 2 created, 4 failed\./);
    assert.deepEqual(buttons, ["Open", "Show Details"]);
    press("Show Details");
    await until(() => shownText().includes("# HFS Import Report"));
    const report = shownText();
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.isDirty, false);
    assert.equal(editor?.document.languageId, "markdown");
    for (const uri of [poor, newer, markdown, gone]) {
      assert.ok(report.includes(`<${uri}`), uri.path);
    }
    assert.match(report, /2 created, 4 failed/);
    assert.match(report, /^## Failed \(4\)$/m);
    assert.match(report, /^## Created \(2\)$/m);
    assert.match(
      report,
      /^- created · HFS · \[.+\]\(hfs:\/sessions\/\d+\/.+\.md\) · \d+ messages$/m,
    );
    assert.match(report, /poor\.json#L3>/);
    assert.match(report, /messages\[1\]\.(role|content)/);
    assert.match(report, /Markdown cannot be imported/);
    assert.match(report, /Upgrade hfs-server/);
    assert.doesNotMatch(report, /secret words|undefined|null/);
  });

  it("a folder gets the same, and its links open sessions and places", async () => {
    const folder = join(root, `notes/folder-${Date.now()}`);
    const name = (path: string) => join(folder, path).slice(join(root, "notes").length + 1);
    for (const one of ["why-does-my-readme-break.json", BUG]) {
      file(name(one), readFileSync(example(one).fsPath, "utf8"));
    }
    const newer = file(name("deeper/newer.json"), NEWER);
    file(name("readme.txt"), "Not a session.");
    const uri = vscode.Uri.file(folder);
    const summary = await menu(uri);
    assert.equal(summary?.sessions.length, 2);
    const { how, message, press } = await only();
    assert.equal(how, "showWarningMessage");
    assert.match(message, /^Import finished: 2 created, 1 skipped, 1 failed\./);
    press("Show Details");
    await until(() => shownText().includes("# HFS Import Report"));
    assert.match(shownText(), /^- 1 × not a session of a known format$/m);
    assert.match(shownText(), /^## How the formats were recognized/m);
    const report = vscode.window.activeTextEditor?.document.uri;
    const links = await execute<vscode.DocumentLink[]>("vscode.executeLinkProvider", report);
    const targets = links.map(({ target }) => target);
    assert.ok(targets.some((target) => target?.path === newer.path));
    const sessions = targets.filter((target) => target?.scheme === "hfs");
    assert.equal(sessions.length, 2);
    await execute("vscode.open", sessions[0]);
    await until(() => shownText().includes("**Exported:**"));
    forget();
    await menu(uri);
    assert.match((await only()).message, /^(Import finished|Nothing was imported): .*skipped/);
  });

  it("finds the same in the log, without a word of a session", async () => {
    const named = (content: string) =>
      JSON.stringify({ session_name: "Secret name", messages: [{ role: "user", content }] });
    const files = [file("named.json", named("secret")), file("other.json", named("another"))];
    await menu(file("poor.json", WRONG), ...files);
    await only();
    const log = () => logFiles().join("\n");
    await until(() => /Import of .*named\.json.*: 2 created, 1 failed/.test(log()));
    assert.match(log(), /created as session \d+: hfs:/);
    assert.match(log(), /failed: .*poor\.json, line 3: /);
    assert.match(log(), /messages\[1\]\.role \(line 3\)/);
    assert.doesNotMatch(log(), /Secret name|secret words/);
  });

  it("many files that fail gets one line too, and each in the report", async () => {
    const poor = Array.from({ length: 12 }, (_, n) => file(`poor-${n}.json`, "[1, 2"));
    await menu(poor[0] as vscode.Uri, ...poor.slice(1));
    const { how, message, buttons, press } = await only();
    assert.equal(how, "showErrorMessage");
    assert.equal(message, "Nothing was imported: 12 failed.");
    assert.deepEqual(buttons, ["Show Details"]);
    press("Show Details");
    await until(() => shownText().includes("## Failed (12)"));
    assert.ok(poor.every((uri) => shownText().includes(`<${uri}`)));
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

  it("a newer export learns how to upgrade, alone and among others that fail", async () => {
    const newer = file("new.json", NEWER);
    for (const files of [[newer], [newer, newer]]) {
      await menu(files[0] as vscode.Uri, ...files.slice(1));
      const { buttons } = await only();
      assert.ok(buttons.includes("How to Upgrade"), buttons.join());
      assert.match((await pressed("How to Upgrade")).message, /pip install --upgrade/);
      forget();
    }
  });

  it("while the server dies can try all of it again", async () => {
    await useStandIn("dies");
    forget();
    await menu(example(OLD), example(BUG));
    const { message, buttons, press } = await only();
    assert.match(message, /Killed by the test/);
    assert.deepEqual(buttons, ["Retry", "Show Log"]);
    await useRealServer();
    forget();
    press("Retry");
    assert.match((await only()).message, /^Import finished: 2 created\./);
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
      assert.match((await only()).message, /^Import cancelled\. /);
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
