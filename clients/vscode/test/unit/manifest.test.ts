import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(__dirname, "../../..");
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const manifest = JSON.parse(read("package.json"));
const words: Record<string, string> = JSON.parse(read("package.nls.json"));
const { contributes } = manifest;
const sources = readdirSync(join(ROOT, "src")).map((name) => read(`src/${name}`));
const commands: string[] = contributes.commands.map((one: { command: string }) => one.command);
const settings = Object.keys(contributes.configuration.properties);

test("every command of the issue is there, in the category HFS", () => {
  for (const name of [
    "exportMarkdown",
    "exportJson",
    "openSession",
    "importSession",
    "listSessions",
    "restartServer",
    "showLog",
  ]) {
    assert.ok(commands.includes(`hfs.${name}`), name);
  }
  for (const { category, title } of contributes.commands) {
    assert.equal(category, "HFS");
    assert.match(title, /^%.+%$/);
  }
});

test("the commands of the manifest are those that are registered", () => {
  const registered = sources.flatMap((source) =>
    [...source.matchAll(/^\s+"(hfs\.\w+)": /gm)].map((match) => match[1]),
  );
  assert.deepEqual(registered.sort(), [...commands].sort());
});

test("menus name commands that there are", () => {
  const entries = Object.values(contributes.menus).flat() as { command: string }[];
  for (const { command } of entries) {
    assert.ok(commands.includes(command), command);
  }
});

test("every word of the manifest has its text, and every text is used", () => {
  const used = [...read("package.json").matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(words).sort());
});

test("a workspace that is not trusted chooses no program and no place", () => {
  const { untrustedWorkspaces } = manifest.capabilities;
  assert.equal(untrustedWorkspaces.supported, "limited");
  const harmless = ["hfs.export.open"];
  assert.deepEqual(
    [...untrustedWorkspaces.restrictedConfigurations].sort(),
    settings.filter((name) => !harmless.includes(name)).sort(),
  );
});

test("settings that name things of a machine belong to the machine", () => {
  for (const name of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations) {
    assert.equal(contributes.configuration.properties[name].scope, "machine-overridable", name);
  }
});

test("nothing activates the extension but its commands, its view and Markdown", () => {
  assert.deepEqual(manifest.activationEvents, ["onFileSystem:hfs", "onLanguage:markdown"]);
  assert.ok(
    contributes.views.explorer.every(
      (view: { visibility: string }) => view.visibility === "collapsed",
    ),
  );
});

test("nothing is needed at run time that is not in the bundle", () => {
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.extensionDependencies, undefined);
});

test("the extension and its server have the same version", () => {
  const python = readFileSync(join(ROOT, "../../hfs_server/__init__.py"), "utf8");
  assert.equal(manifest.version, /__version__ = "(.+)"/.exec(python)?.[1]);
});

test("the README tells of every command and every setting", () => {
  const readme = read("README.md");
  for (const name of [...commands, ...settings]) {
    const isHidden = ["hfs.refreshSessions", "hfs.showMoreSessions"].includes(name);
    assert.ok(isHidden || readme.includes(`\`${name}\``), name);
  }
});
