import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(__dirname, "../../..");
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const manifest = JSON.parse(read("package.json"));
const words: Record<string, string> = JSON.parse(read("package.nls.json"));
const { contributes } = manifest;
const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => read(join("src", name)));
const commands: string[] = contributes.commands.map((one: { command: string }) => one.command);
const textOf = (title: string) => words[title.slice(1, -1)] ?? "";
const titleOf = (name: string) =>
  textOf(contributes.commands.find((one: { command: string }) => one.command === name).title);

/** What menus, rows, keys and other extensions run. */
const HIDDEN = [
  "hfs.importFolder",
  "hfs.importTools",
  "hfs.showMoreSessions",
  "hfs.showMoreMatches",
  "hfs.openMatch",
  "hfs.previewMatch",
  "hfs.importFile",
  "hfs.openRow",
  "hfs.exportRowMarkdown",
  "hfs.exportRowJson",
  "hfs.exportRowHtml",
  "hfs.shareRow",
  "hfs.copyRow",
  "hfs.copyTab",
  "hfs.copyMatch",
  "hfs.renameRow",
  "hfs.deleteRow",
  "hfs.restoreRow",
  "hfs.compareRow",
  "hfs.compareRows",
  "hfs.compareTab",
  "hfs.continueRow",
  "hfs.continueTab",
  "hfs.copyLinkRow",
  "hfs.copyLinkTab",
  "hfs.exportRowTo",
  "hfs.exportRows",
];
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
    assert.match(title, /^%.+%$/);
    const shown = category === undefined ? textOf(title) : `${category}: ${textOf(title)}`;
    assert.match(shown, /^HFS: [^:]+$/);
  }
});

test("the explorer's menu, which shows no category, says whose entry it is", () => {
  const [entry] = contributes.menus["explorer/context"];
  assert.equal(titleOf(entry.command), "HFS: Import Session");
});

test("a title ends in an ellipsis where something is asked, and nowhere else", () => {
  const asking = [
    "hfs.exportMarkdown",
    "hfs.exportHtml",
    "hfs.exportJson",
    "hfs.exportSession",
    "hfs.exportForSharing",
    "hfs.exportAll",
    "hfs.shareRow",
    "hfs.openSession",
    "hfs.openAtMessage",
    "hfs.copySession",
    "hfs.renameSession",
    "hfs.deleteSession",
    "hfs.restoreSession",
    "hfs.renameRow",
    "hfs.importSession",
    "hfs.importFolder",
    "hfs.importTools",
    "hfs.groupSessions",
    "hfs.searchSessions",
    "hfs.refineSearch",
    "hfs.compareSessions",
    "hfs.compareRow",
    "hfs.compareTab",
    "hfs.continueSession",
    "hfs.copyLink",
    "hfs.exportTo",
    "hfs.exportRowTo",
    "hfs.exportRows",
    "hfs.filterSessions",
  ];
  const ending = commands.filter((name) => titleOf(name).endsWith("…"));
  assert.deepEqual(ending.sort(), asking.sort());
  const ofRows: { command: string }[] = [
    ...contributes.menus["view/item/context"],
    ...contributes.menus["explorer/context"],
  ];
  const askingInRows = ofRows.filter(({ command }) => ending.includes(command));
  assert.deepEqual(
    [...new Set(askingInRows.map(({ command }) => command))],
    [
      "hfs.openAtMessage",
      "hfs.shareRow",
      "hfs.renameRow",
      "hfs.compareRow",
      "hfs.exportRowTo",
      "hfs.exportRows",
    ],
  );
});

test("what needs a row or a file is not in the palette", () => {
  const entries: { command: string; when: string }[] = contributes.menus.commandPalette;
  const hidden = entries.filter(({ when }) => when === "false").map(({ command }) => command);
  assert.deepEqual(hidden.sort(), HIDDEN.toSorted());
});

test("one command imports from everywhere, and the view of an empty store offers it", () => {
  const palette: { command: string; when: string }[] = contributes.menus.commandPalette;
  const shown = commands.filter(
    (name) => !palette.some(({ command, when }) => command === name && when === "false"),
  );
  assert.deepEqual(
    shown.filter((name) => name.startsWith("hfs.import")),
    ["hfs.importSession"],
  );
  const welcome: { contents: string; when: string }[] = contributes.viewsWelcome;
  const invitations = welcome.filter(({ when }) =>
    /^hfs\.sessions == empty && !?hfs\.hasSources$/.test(when),
  );
  assert.equal(invitations.length, 2);
  for (const { contents } of invitations) {
    assert.match(textOf(contents), /Claude Code.*\(command:hfs\.importSession\)/s);
  }
});

const LIKELY: Record<string, boolean> = {
  "/notes/Fix_the_login_bug_20260201_103000.json": true,
  "/notes/Fix_the_login_bug_20260201_103000_2.JSON": true,
  "/home/ann/.hfs/exports/renamed.json": true,
  "C:\\Users\\ann\\exports\\renamed.json": true,
  "/w/sessions/an-old-chat.json": true,
  "/w/chat.hfs.json": true,
  "/w/conversations.json": true,
  "/w/6f1c2ab0-1111-4111-8111-111111111111.jsonl": true,
  "/w/rollout-2026-02-01.jsonl.zst": true,
  "/w/chatgpt-export.ZIP": true,
  "/w/report_20260201.json": true,
  "/w/exports/package/deep.json": true,
  "/w/hfs-basic.json": true,
  "/w/my_session.json": true,
  "/w/Sessions 2026.json": true,
  "/w/package.json": false,
  "/w/package-lock.json": false,
  "/w/tsconfig.json": false,
  "/w/.vscode/settings.json": false,
  "/w/tsconfig.base.json": false,
  "/w/session.txt": false,
  "/w/session.jsonlines": false,
  "/w/sessions.md": false,
  "/w/Fix_the_login_bug_20260201_103000.md": false,
};

test("the explorer offers to import what may hold sessions, and folders", () => {
  const { when } = contributes.menus["explorer/context"][0];
  for (const [path, isLikely] of Object.entries(LIKELY)) {
    const name = path.split(/[\\/]/).at(-1) ?? "";
    const keys: Record<string, string> = {
      resourceScheme: "file",
      resourceFilename: name,
      resourceExtname: /\.[^.]+$/.exec(name)?.[0] ?? "",
      resourceDirname: path.slice(0, -name.length - 1),
    };
    assert.equal(evaluated(when, keys, false), isLikely, path);
    assert.equal(evaluated(when, keys, true), true, path);
    const isVirtual = { ...keys, resourceScheme: "vscode-vfs" };
    assert.equal(evaluated(when, isVirtual, false), isLikely, path);
    assert.equal(evaluated(when, isVirtual, true), isLikely, "only the server reads folders");
  }
});

/** The value of a when clause that has nothing else but regular expressions. */
function evaluated(when: string, keys: Record<string, string>, isFolder: boolean): boolean {
  const matches = (_: string, key: string, source: string, flags: string) =>
    String(new RegExp(source, flags).test(keys[key] ?? assert.fail(key)));
  const values = when
    .replace(/(\w+) =~ \/((?:\[[^\]]*\]|\\.|[^/[\\])+)\/(\w*)/g, matches)
    .replace("explorerResourceIsFolder", String(isFolder))
    .replace("resourceScheme == file", String(keys.resourceScheme === "file"));
  assert.match(values, /^[truefals!&|() ]+$/);
  return new Function(`return ${values}`)();
}

test("the commands of the manifest are those that are registered", () => {
  const registered = sources.flatMap((source) =>
    [...source.matchAll(/^\s+"(hfs\.\w+)": /gm)].map((match) => match[1]),
  );
  assert.deepEqual(registered.sort(), [...commands].sort());
});

test("who wrote a file is asked in the menus of files on this machine, if they are trusted", () => {
  const { commandPalette, ...menus } = contributes.menus;
  const asking = ["hfs.whoWroteLine", "hfs.sessionsOfFile"];
  const entries: { command: string; when: string }[] = [
    ...commandPalette,
    ...menus["editor/context"],
    ...menus["editor/lineNumber/context"],
  ].filter(({ command }) => asking.includes(command));
  assert.equal(entries.length, 5);
  for (const { command, when } of entries) {
    assert.equal(when, "resourceScheme == file && isWorkspaceTrusted && !virtualWorkspace");
    assert.match(titleOf(command), /^HFS: /);
  }
});

test("keys of the view change no text that is typed there", () => {
  for (const { command, key, when } of contributes.keybindings) {
    assert.equal(when, "focusedView == hfs.sessions && !inputFocus", key);
    assert.ok(commands.includes(command), command);
  }
});

test("of several rows that are selected, a menu offers only what is done to all of them", () => {
  const entries: { command: string; when: string; group: string }[] =
    contributes.menus["view/item/context"];
  const ofMany = entries.filter(
    ({ when, group }) =>
      /session$/i.test(when.split(" && ")[0] ?? "") &&
      !group.startsWith("inline") &&
      !when.includes("!listMultiSelection"),
  );
  assert.deepEqual(
    ofMany.map(({ command }) => command),
    ["hfs.deleteRow", "hfs.restoreRow", "hfs.compareRows", "hfs.exportRows"],
  );
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
  const harmless = ["hfs.export.open", "hfs.groupBy", "hfs.openSessions", "hfs.sessionFiles"];
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

test("nothing activates the extension but its commands, its views, links to it, Markdown, JSON and source files", () => {
  const events: string[] = manifest.activationEvents;
  assert.deepEqual(events.slice(0, 3), ["onFileSystem:hfs", "onUri", "onLanguage:markdown"]);
  // JSON may be a session, and sources may have annotations.
  assert.ok(events.slice(3).every((event) => /^onLanguage:[a-z-]+$/.test(event)));
  assert.ok(events.includes("onLanguage:typescript") && !events.includes("onLanguage:jsonc"));
  assert.ok(
    contributes.views.explorer.every(
      (view: { visibility: string }) => view.visibility === "collapsed",
    ),
  );
});

test("no other extension is needed", () => {
  assert.equal(manifest.extensionDependencies, undefined);
});

test("the packages that the build needs are the dependencies, and no others", () => {
  const scripts = ["build.mjs", "package.mjs"].map((name) => read(`scripts/${name}`));
  const imported = [...sources, ...scripts].flatMap((source) => [
    ...source.matchAll(/(?:from|import) "([a-z@][^":]*)"|node_modules\/(@?[\w./-]+)/g),
  ]);
  const names = imported
    .map((match) => match[1] ?? match[2] ?? "")
    .map((path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path)
    .filter((name) => name !== "vscode");
  assert.deepEqual([...new Set(names)].sort(), Object.keys(manifest.dependencies).sort());
});

test("the extension and its server have the same version", () => {
  const python = readFileSync(join(ROOT, "../../hfs_server/__init__.py"), "utf8");
  assert.equal(manifest.version, /__version__ = "(.+)"/.exec(python)?.[1]);
});

test("each table of the README has a command once", () => {
  for (const table of read("README.md").match(/(?:^\|.*\n)+/gm) ?? []) {
    const names = [...table.matchAll(/^\| ((?:`hfs\.\w+`(?:, )?)+)/gm)].flatMap(([, first = ""]) =>
      first.split(", "),
    );
    assert.deepEqual(names, [...new Set(names)]);
  }
});

test("the README tells of every command and every setting", () => {
  const readme = read("README.md");
  for (const name of [...commands, ...settings]) {
    const isCallable = ["hfs.importFolder", "hfs.importTools"].includes(name);
    assert.ok((HIDDEN.includes(name) && !isCallable) || readme.includes(`\`${name}\``), name);
  }
});
