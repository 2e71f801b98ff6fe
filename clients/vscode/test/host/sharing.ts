import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ExportResult } from "../../src/server/protocol";
import { keepNotifications, only } from "./notifications";
import { keepPicks, labels, loaded } from "./picks";
import { closeAll, execute, root, sessions, until, useRealServer, useStandIn } from "./world";

const KEY = ["ghp", "9aB3cD5eF7gH1iJ2kL4mN6oP8qR0sT2uV4wX"].join("_");
const MAIL = ["ann.lee", "example.org"].join("@");
const MESSAGES = [
  { role: "user", content: `The key is ${KEY}, write to ${MAIL}.` },
  { role: "assistant", content: `I use ${KEY} in /home/annlee/web/app.py.` },
];

describe("sharing", () => {
  let id: number;
  const { showQuickPick } = vscode.window;
  const env = vscode.env as unknown as Record<string, unknown>;
  const real = Object.getOwnPropertyDescriptors(env);

  keepNotifications();
  keepPicks();

  before(async () => {
    await useRealServer();
    id = await imported("Share me", MESSAGES);
  });

  const imported = async (name: string, messages: object[]): Promise<number> => {
    const file = join(root, `${name}.json`);
    const metadata = { schema_version: "1.1.0", session_name: name };
    writeFileSync(file, JSON.stringify({ metadata, messages }));
    await execute("hfs.importSession", vscode.Uri.file(file));
    return (await sessions()).find((one) => one.name === name)?.id ?? 0;
  };

  afterEach(async () => {
    set(vscode.window, "showQuickPick", showQuickPick);
    Object.defineProperties(env, real);
    await execute("workbench.action.closeQuickOpen");
    await closeAll();
  });

  const set = (object: object, name: string, value: unknown) =>
    Object.defineProperty(object, name, { value, configurable: true });

  /** Chooses the row whose label has this text in the lists without boxes. */
  const choose = (text: string) =>
    set(vscode.window, "showQuickPick", async (rows: vscode.QuickPickItem[]) =>
      rows.find(({ label }) => label.includes(text)),
    );

  const row = async (sessionId: number) => ({
    session: (await sessions()).find((one) => one.id === sessionId),
  });

  const textOf = ({ uri }: ExportResult) => readFileSync(vscode.Uri.parse(uri).fsPath, "utf8");

  const accept = () => execute("workbench.action.acceptSelectedQuickOpenItem");

  /** Pretends that VS Code runs on the machine of the files, and keeps what is opened outside. */
  const local = (): string[] => {
    const opened: string[] = [];
    set(env, "remoteName", undefined);
    set(env, "uiKind", vscode.UIKind.Desktop);
    set(env, "openExternal", async (uri: vscode.Uri) => {
      opened.push(uri.toString());
      return true;
    });
    return opened;
  };

  it("a session becomes a page, which opens in the browser when asked", async () => {
    const opened = local();
    const result = await execute<ExportResult>("hfs.exportRowHtml", await row(id));
    assert.match(textOf(result), /^<!DOCTYPE html>/i);
    const { message, buttons, press } = await only();
    assert.match(message, /^Exported to Share_me.*\.html \(/);
    assert.deepEqual(buttons, ["Open in Browser", "Reveal"]);
    assert.deepEqual(opened, []);
    press("Open in Browser");
    await until(() => opened.length === 1);
    assert.equal(opened[0], vscode.Uri.parse(result.uri).toString());
    await execute("hfs.exportHtml", { sessionId: id, open: "browser" });
    assert.equal(opened.length, 2);
  });

  it("a page on another machine is not offered to this one's browser", async () => {
    await execute("hfs.exportRowHtml", await row(id));
    assert.deepEqual((await only()).buttons, ["Reveal"]);
  });

  it("one command exports in any format", async () => {
    for (const [format, label] of [
      ["markdown", "Markdown"],
      ["html", "HTML"],
      ["json", "JSON"],
    ]) {
      choose(label ?? "");
      const result = await execute<ExportResult>("hfs.exportSession", { sessionId: id });
      assert.equal(result.format, format);
    }
    const destination = join(root, "redacted.json");
    const redacted = { sessionId: id, format: "json", redact: true, destination };
    const result = await execute<ExportResult>("hfs.exportSession", redacted);
    assert.deepEqual(result.redactions, [{ rule: "github-token", count: 2 }]);
    assert.ok(!textOf(result).includes(KEY));
  });

  it("shows what would be redacted, never the value, and does it", async () => {
    choose("HTML");
    const sharing = execute<ExportResult>("hfs.exportForSharing", { sessionId: id });
    const list = await loaded();
    const { pick } = list;
    assert.equal(pick.title, "Redact in session 1: 4 found".replace("1", String(id)));
    assert.match(pick.placeholder ?? "", /may not find all/);
    const rows = pick.items.filter(({ kind }) => kind !== vscode.QuickPickItemKind.Separator);
    assert.deepEqual(pick.selectedItems, rows);
    const key = rows.find(({ label }) => label === "github-token-1");
    assert.deepEqual([key?.description, key?.detail], ["2 times", "message 1, message 2"]);
    assert.equal(labels(list)[0], "github-token");
    const shown = JSON.stringify(pick.items);
    for (const value of [KEY, MAIL, "annlee"]) {
      assert.ok(!shown.includes(value));
    }
    await accept();
    const text = textOf(await sharing);
    for (const value of [KEY, MAIL, "annlee"]) {
      assert.ok(!text.includes(value), value);
    }
    const { message } = await only();
    assert.match(message, /Replaced: 4 \(github-token, .*read the result before you share it\.$/);
  });

  it("leaves what a person unchecks", async () => {
    choose("Markdown");
    const sharing = execute<ExportResult>("hfs.exportForSharing", { sessionId: id });
    const { pick, pressOn } = await loaded();
    const [button] = pick.items.find(({ buttons }) => buttons)?.buttons ?? [];
    const key = pick.items.find(({ label }) => label === "github-token-1");
    assert.ok(button && key);
    pressOn(key, button);
    await until(() => vscode.window.activeTextEditor?.document.uri.scheme === "hfs");
    pick.selectedItems = pick.selectedItems.filter(({ label }) => label !== key.label);
    await accept();
    const text = textOf(await sharing);
    assert.ok(text.includes(KEY));
    assert.ok(!text.includes(MAIL));
    assert.match((await only()).message, /Left by you: 1\./);
  });

  it("does nothing if the list is closed", async () => {
    choose("JSON");
    const sharing = execute<ExportResult>("hfs.exportForSharing", { sessionId: id });
    await loaded();
    await execute("workbench.action.closeQuickOpen");
    assert.equal(await sharing, undefined);
  });

  it("asks nothing where nothing is found, and does not say that there is nothing", async () => {
    const plain = await imported("Plain", [{ role: "user", content: "Hello" }]);
    choose("Markdown");
    const result = await execute<ExportResult>("hfs.exportForSharing", { sessionId: plain });
    assert.deepEqual(result.redactions, []);
    assert.match((await only()).message, /Nothing was replaced\. Secrets of unknown forms/);
  });

  it("copies as Markdown, and leaves no file behind", async () => {
    const before = readdirSync(tmpdir());
    choose("Clipboard");
    const sharing = execute<ExportResult>("hfs.exportForSharing", { sessionId: id });
    await loaded();
    await accept();
    await sharing;
    const text = await vscode.env.clipboard.readText();
    assert.match(text, /^# Share me[\s\S]*\[REDACTED:github-token-1\]/);
    assert.ok(!text.includes(KEY));
    const left = readdirSync(tmpdir()).filter((name) => !before.includes(name));
    assert.deepEqual(
      left.filter((name) => name.startsWith("hfs-copy-")),
      [],
    );
    assert.match((await only()).message, /^Copied \(/);
  });

  it("a server that is too old for it says so, once", async () => {
    await useStandIn("closed");
    await execute("hfs.exportForSharing");
    assert.match((await only()).message, /cannot redact/);
  });
});
