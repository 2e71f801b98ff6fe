/** What the Marketplace, the settings and the keyboard are promised by the manifest. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(__dirname, "../../..");
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const manifest = JSON.parse(read("package.json"));
const words: Record<string, string> = JSON.parse(read("package.nls.json"));
const { contributes } = manifest;
const commands: string[] = contributes.commands.map((one: { command: string }) => one.command);
const settings = Object.keys(contributes.configuration.properties);
const textOf = (key: string) => words[key.slice(1, -1)] ?? "";

/** What menus, rows and other extensions run, and what does the same from the palette or by a key. */
const TWINS: Record<string, string> = {
  "hfs.importFolder": "hfs.importSession",
  "hfs.importTools": "hfs.importSession",
  "hfs.importFile": "hfs.importSession",
  "hfs.openRow": "hfs.openSession",
  "hfs.exportRowMarkdown": "hfs.exportMarkdown",
  "hfs.exportRowJson": "hfs.exportJson",
  "hfs.exportRowHtml": "hfs.exportHtml",
  "hfs.shareRow": "hfs.exportForSharing",
  "hfs.exportRowTo": "hfs.exportTo",
  "hfs.exportRows": "hfs.exportAll",
  "hfs.copyLinkRow": "hfs.copyLink",
  "hfs.copyLinkTab": "hfs.copyLink",
  "hfs.compareRow": "hfs.compareSessions",
  "hfs.compareRows": "hfs.compareSessions",
  "hfs.compareTab": "hfs.compareSessions",
  "hfs.continueRow": "hfs.continueSession",
  "hfs.continueTab": "hfs.continueSession",
  "hfs.copyRow": "hfs.copySession",
  "hfs.copyTab": "hfs.copySession",
  "hfs.copyMatch": "hfs.copyMessage",
  "hfs.renameRow": "hfs.renameSession",
  "hfs.deleteRow": "hfs.deleteSession",
  "hfs.restoreRow": "hfs.restoreSession",
  "hfs.openMatch": "hfs.searchSessions",
  "hfs.previewMatch": "hfs.searchSessions",
};
/** The rows that Enter runs; no other row does so. */
const ENTERED = ["hfs.showMoreSessions", "hfs.showMoreMatches"];

test("everything is within reach of the keyboard: in the palette, by its twin there, or as a row", () => {
  const entries: { command: string; when: string }[] = contributes.menus.commandPalette;
  const inPalette = (name: string) =>
    commands.includes(name) &&
    !entries.some(({ command, when }) => command === name && when === "false");
  const missing = commands.filter(
    (name) => !inPalette(name) && !ENTERED.includes(name) && !inPalette(TWINS[name] ?? ""),
  );
  assert.deepEqual(missing, []);
});

test("every setting says where it belongs, in which order it is shown, and what it may be", () => {
  for (const [name, setting] of Object.entries<Record<string, unknown>>(
    contributes.configuration.properties,
  )) {
    const text = textOf(String(setting.markdownDescription ?? "%%"));
    assert.equal(typeof setting.order, "number", `${name} has no order`);
    assert.match(String(setting.scope), /^(window|resource|machine-overridable)$/, name);
    const isChoice = setting.type === "boolean" || Array.isArray(setting.enumDescriptions);
    assert.ok(isChoice || text.includes("For example: `"), `${name} has no example`);
    for (const [, linked = ""] of text.matchAll(/`#([^#`]+)#`/g)) {
      assert.ok(settings.includes(linked), `${name} links to ${linked}`);
    }
  }
});

test("the addresses are those of the project", () => {
  const project = readFileSync(join(ROOT, "../../pyproject.toml"), "utf8");
  const [, address] = /^Repository = "(.+)"$/m.exec(project) ?? [];
  const [, issues] = /^Issues = "(.+)"$/m.exec(project) ?? [];
  assert.deepEqual(manifest.repository, {
    type: "git",
    url: address,
    directory: "clients/vscode",
  });
  assert.deepEqual(manifest.bugs, { url: issues });
  assert.equal(manifest.homepage, `${address}/blob/main/clients/vscode/README.md`);
});

test("the Marketplace gets what it shows and searches", () => {
  assert.match(manifest.galleryBanner.color, /^#[0-9a-f]{6}$/);
  assert.deepEqual(manifest.categories, ["AI", "Chat", "Other"]);
  assert.ok(manifest.keywords.length <= 30 && manifest.keywords.length > 5);
  assert.equal(new Set(manifest.keywords).size, manifest.keywords.length);
  const icon = readFileSync(join(ROOT, manifest.icon));
  assert.deepEqual([icon.readUInt32BE(16), icon.readUInt32BE(20)], [256, 256]);
  assert.ok((words.description?.length ?? 0) < 200, "search results cut it off");
});

test("virtual workspaces have what needs no files of the workspace", () => {
  assert.equal(manifest.capabilities.virtualWorkspaces.supported, "limited");
  assert.deepEqual(manifest.extensionKind, ["workspace"]);
});
