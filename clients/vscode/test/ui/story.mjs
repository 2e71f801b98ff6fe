/**
 * From an empty VS Code to the first exported session, and what comes after it.
 *
 * The steps are in the order in which a new user meets them.
 */

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "./editor.mjs";
import { seedStore, seedTools } from "./seeds.mjs";
import { statistics } from "./statistics.mjs";

export async function story({ world, server, standIn, start, browser, results }) {
  const within = async (settings, work) => {
    const vscode = await start(settings);
    try {
      await Editor.use([browser, vscode.address, world.workspace, results], work);
    } finally {
      await vscode.stop();
    }
  };
  const trusting = { "security.workspace.trust.enabled": false };
  await within(trusting, async (editor) => {
    await install(editor);
    await importingTools(editor, world);
    await importing(editor, world);
    await followTheStore(editor, world);
    await grouping(editor);
    await exporting(editor, world);
    await followLinks(editor, world);
    await listing(editor);
    await statistics(editor);
    await details(editor);
  });
  await trust(world, server, standIn, (trusted, work) => within(trusted ? trusting : {}, work));
}

const step = (text) => console.log(`- ${text}`);

async function install(editor) {
  step("without a server, one message offers to install it");
  await editor.run("HFS: Show Sessions");
  const offer = await editor.message("was not found on this machine");
  assert.equal(await editor.toasts.count(), 1);
  await editor.screenshot("no-server");
  await editor.noDialog();

  step("the view offers the same");
  await editor.page.locator(".pane-header", { hasText: "HFS Sessions" }).click();
  await editor.page.getByRole("button", { name: "Install Server" }).waitFor();
  await editor.screenshot("view-no-server");

  step("after the installation the command goes on, and the view invites to import");
  await editor.press(offer, "Install");
  await editor.message("is installed and running", 150_000);
  await editor.page.getByRole("button", { name: "Import Sessions…" }).waitFor();
  await editor.row("There are no sessions yet").waitFor();
  await editor.screenshot("view-empty");
  await editor.page.keyboard.press("Escape");
  await editor.clearMessages();
}

async function importing(editor, world) {
  step("import from the explorer's menu");
  await editor.file("exports").click();
  await editor.menu(editor.file("an-old-chat.json"), "HFS: Import Session");
  await editor.message("migrated from version 0.0.0");
  await editor.screenshot("imported");
  await editor.clearMessages();

  step("import of several files");
  await editor.file("why-does-my-readme-break.json").click();
  await editor.page.keyboard.down("Control");
  await editor.file("fix-the-login-bug.json").click();
  await editor.page.keyboard.up("Control");
  await editor.menu(editor.file("fix-the-login-bug.json"), "HFS: Import Session");
  await editor.message("Import finished: 2 created.");
  await editor.clearMessages();

  step("the menu of a file that is no session does not speak of it");
  writeFileSync(join(world.workspace, "package.json"), "{}");
  await editor.noMenuEntry(editor.file("package.json"), "HFS");

  step("files that fail are told in one line, with a report");
  const poor = '{"messages": [\n{"role": "user", "content": "Hi"},\n{"role": 5, "content": ""}]}';
  writeFileSync(join(world.workspace, "exports/broken.json"), poor);
  writeFileSync(join(world.workspace, "exports/notes.md"), "# Notes");
  await editor.file("broken.json").click();
  await editor.page.keyboard.down("Control");
  for (const name of ["from-the-future.json", "notes.md", "an-old-chat.json"]) {
    await editor.file(name).click();
  }
  await editor.page.keyboard.up("Control");
  await editor.menu(editor.file("an-old-chat.json"), "HFS: Import Session");
  const summary = await editor.message("Import finished: 1 unchanged, 3 failed.");
  assert.equal(await editor.toasts.count(), 1);
  await editor.screenshot("several");
  await editor.press(summary, "Show Details");
  await editor.tab("Import Report").waitFor();
  await editor.page.waitForTimeout(1500);
  await editor.screenshot("report");
  await editor.clearMessages();

  step("a file that fails is named, and opens where it is wrong");
  await editor.file("broken.json").click();
  await editor.menu(editor.file("broken.json"), "HFS: Import Session");
  const broken = await editor.message("broken.json: ");
  await editor.screenshot("broken");
  await editor.press(broken, "Open File");
  await editor.tab("broken.json").waitFor();
  await editor.page.locator(".statusbar-item", { hasText: "Ln 3, Col 1" }).waitFor();
  await editor.screenshot("opened-at-the-line");
  await editor.clearMessages();

  step("an export of a newer version is refused in one message");
  await editor.menu(editor.file("from-the-future.json"), "HFS: Import Session");
  const refusal = await editor.message("9.0.0");
  assert.equal(await editor.toasts.count(), 1);
  await editor.screenshot("refused");
  await editor.noDialog();
  await editor.press(refusal, "How to Upgrade");
  await editor.message("update the extension");
  await editor.clearMessages();

  step("import of a folder");
  await editor.menu(editor.file("exports"), "HFS: Import Session");
  await editor.message("skipped");
  await editor.clearMessages();

  step("import from the palette, with the dialog for files");
  const file = join(world.root, "release-notes.json");
  const messages = [
    { role: "user", content: "Write the release notes for 0.1 from these commits." },
  ];
  writeFileSync(file, JSON.stringify({ session_name: "Release notes", messages }));
  await editor.run("HFS: Import Sessions…");
  await editor.row("From Files…").click();
  // The dialog writes its folder into the field, also over what was typed too early.
  await editor.page.waitForFunction(
    (folder) => document.querySelector(".quick-input-widget input")?.value.startsWith(folder),
    world.workspace,
  );
  await editor.page.waitForTimeout(700);
  await editor.input.fill(file);
  await editor.row("release-notes.json").waitFor();
  await editor.page.waitForTimeout(300);
  await editor.page.keyboard.press("Enter");
  await editor.message("migrated from version 0.0.0");
  await editor.clearMessages();
}

async function importingTools(editor, world) {
  step("from an empty store, keys alone import the sessions of the tools on this machine");
  seedTools(world.home, world.workspace);
  const { keyboard } = editor.page;
  await keyboard.press("F1");
  // Where the pointer rests, a tooltip would come up over the list.
  await editor.page.mouse.move(700, 600);
  await keyboard.type("hfs imp");
  await editor.row("HFS: Import Sessions…").waitFor();
  await keyboard.press("Enter");
  await editor.row("3 files, 3 new").waitFor();
  assert.equal(await editor.checked(), 3);
  await editor.screenshot("import");
  await keyboard.press("Enter");

  step("a preview says what would come in, and a document why something would not");
  const counts = "4 new, 1 cannot be read";
  await editor.page.locator(".quick-input-title", { hasText: counts }).waitFor();
  await editor.screenshot("import-preview");
  await editor.row("Show Details").click();
  await editor.tab("Import Preview").waitFor();
  const question = await editor.message("Import 4 sessions?");
  await editor.page.waitForTimeout(1500);
  await editor.screenshot("import-details");
  await editor.press(question, "Import");

  step("the line of the import, one question, and the view, opened without a click");
  await editor.message("Import finished: 4 created, 1 failed.");
  const keep = await editor.message("Keep importing new sessions of Claude Code, Codex");
  assert.equal(await editor.toasts.count(), 2);
  await editor.sessionRow("Find the slow query").waitFor();
  await editor.screenshot("import-done");
  await editor.press(keep, "No");
  await editor.clearMessages();
  await editor.run("View: Close All Editors");
}

async function grouping(editor) {
  step("the view is grouped by project, by tool, by date, or not at all");
  for (const [by, ...groups] of [
    ["Tool", "This Workspace", "HFS", "Claude Code", "Codex"],
    ["Project", "notes", "web", "api", "No Folder"],
    ["Nothing", "This Workspace"],
    ["Date", "This Workspace", "Today"],
  ]) {
    await editor.run("HFS: Group Sessions By…");
    await editor.rowCount(4);
    await editor.row(by).click();
    for (const group of groups) {
      await editor.sessionRow(group).waitFor();
    }
    const first = await editor.sessionRows("").first().textContent();
    assert.ok(first.includes(groups[0]), first);
    await editor.screenshot(`view-by-${by.toLowerCase()}`);
  }
}

async function followTheStore(editor, world) {
  step("the view follows what another program writes, page by page");
  await editor.run("View: Close All Editors");
  seedStore(join(world.home, ".hfs/sessions.db"));
  await editor.sessionRow("Retry the uploads").waitFor();
  const outline = await editor.page.locator(".pane-header", { hasText: "Outline" }).boundingBox();
  await editor.page.mouse.move(200, outline.y);
  await editor.page.mouse.down();
  await editor.page.mouse.move(200, outline.y - 230, { steps: 5 });
  await editor.page.mouse.up();

  step("what a session started is below it");
  await editor.sessionRow("Find the slow query").locator(".monaco-tl-twistie").click();
  await editor.sessionRow("Read the logs").waitFor();
  await editor.screenshot("view-children");
  await editor.sessionRow("Find the slow query").locator(".monaco-tl-twistie").click();

  step("a click on a row opens a preview tab, a double click one that stays");
  await editor.sessionRow("Name the new command").click();
  await editor.tab("Name the new command.md").waitFor();
  assert.match(await editor.tab("Name the new command.md").innerHTML(), /italic/);
  await editor.page.waitForTimeout(600);
  await editor.sessionRow("Fix the login bug").dblclick();
  await editor.tab("Fix the login bug.md").waitFor();
  await editor.page.waitForFunction(
    () => !document.querySelector(".tabs-container .tab .italic, .tabs-container .tab.italic"),
  );
  assert.equal(await editor.page.locator(".tabs-container .tab").count(), 1);

  step("equal names have different descriptions");
  const twins = editor.sessionRows("An old chat");
  assert.equal(await twins.count(), 2);
  assert.notEqual(await twins.nth(0).textContent(), await twins.nth(1).textContent());
  await editor.sessionRow("Find the slow query").locator(".monaco-icon-label").hover();
  await editor.page.locator(".monaco-hover", { hasText: "Sessions started by it: 1" }).waitFor();
  await editor.sessionRow("Fix the login bug").hover();
  // The colours of Markdown come a little later.
  await editor.page.waitForTimeout(1500);
  await editor.screenshot("view");

  step("a row's menu exports, and JSON stays closed unless asked for");
  await editor.menu(editor.sessionRow("Fix the login bug"), "Export as JSON");
  const kept = await editor.message("Exported to");
  assert.equal(await editor.page.locator(".tabs-container .tab").count(), 1);
  await editor.press(kept, "Open");
  await editor.tab(".json").waitFor();
  await editor.clearMessages();
  await editor.run("View: Close All Editors");
}

async function exporting(editor, world) {
  step("palette, choice, Markdown file in a tab");
  await editor.run("HFS: Export Session as Markdown");
  await editor.row("Retry the uploads").waitFor();
  await editor.input.fill("bug LOGIN");
  await editor.rowCount(1);
  await editor.page.keyboard.press("Enter");
  await editor.tab(".md").waitFor();
  const exported = await editor.message("Exported to");
  await editor.page.mouse.move(600, 740);
  await editor.screenshot("markdown");
  const names = readdirSync(join(world.home, ".hfs/exports"));
  assert.equal(names.filter((name) => /^Fix_the_login_bug.*\.md$/.test(name)).length, 1);

  step("the rendered preview");
  await editor.press(exported, "Open Preview");
  await editor.tab("Preview").waitFor();
  const frame = editor.page.frameLocator("iframe.webview").frameLocator("iframe");
  await frame.getByRole("heading", { name: "Fix the login bug" }).waitFor();

  step("a link above the conversation leads to the trace below it");
  await editor.screenshot("preview-top");
  await frame.getByRole("link", { name: "Agent activity" }).click();
  await frame.getByRole("heading", { name: "Agent activity" }).waitFor();
  await editor.page.mouse.move(600, 740);
  await editor.screenshot("preview");
  await editor.run("View: Close All Editors");
}

async function followLinks(editor, world) {
  step("the tab of a session survives a reload of the window");
  mkdirSync(join(world.workspace, "src"));
  writeFileSync(join(world.workspace, "src/app.py"), "one\ntwo\nthree\nfour\n");
  await editor.run("HFS: Open Session as Markdown");
  await chooseLinked(editor);
  await editor.text("See [the file]").waitFor();
  const reloaded = editor.page.waitForEvent("load");
  await editor.run("Developer: Reload Window");
  await reloaded;
  await editor.tab("The linked.md").waitFor();
  await editor.text("See [the file]").waitFor({ timeout: 60_000 });
  await editor.screenshot("reloaded");

  step("its links open the file at the line");
  const link = editor.page
    .locator(".view-line .detected-link", { hasText: "src/app.py:2" })
    .first();
  await link.waitFor();
  const { x, y } = await link.boundingBox();
  await editor.page.keyboard.down("Control");
  await editor.page.mouse.move(x + 20, y + 8, { steps: 3 });
  await editor.page.locator(".view-line .detected-link-active").first().waitFor();
  await editor.page.mouse.click(x + 20, y + 8);
  await editor.page.keyboard.up("Control");
  await editor.at("app.py", "Ln 2");
  await editor.run("View: Close Editor");

  step("and so they do in the preview, of the tab and of an exported file");
  await editor.tab("The linked.md").click();
  await editor.run("Markdown: Open Preview");
  await followInPreview(editor);
  await editor.run("HFS: Export Session as Markdown");
  await chooseLinked(editor);
  await editor.press(await editor.message("Exported to"), "Open Preview");
  await followInPreview(editor);
  await editor.clearMessages();
}

async function chooseLinked(editor) {
  await editor.row("Retry the uploads").waitFor();
  await editor.input.fill("linked");
  await editor.rowCount(1);
  await editor.page.keyboard.press("Enter");
}

async function followInPreview(editor) {
  const frame = editor.page.frameLocator("iframe.webview").frameLocator("iframe");
  await frame.getByRole("link", { name: "the file" }).click();
  await editor.at("app.py", "Ln 3");
  await editor.run("View: Close All Editors");
}

async function details(editor) {
  step("the extension's page shows no broken picture");
  await editor.run("Extensions: Show Installed Extensions");
  await editor.page
    .locator(".extensions-list .monaco-list-row", { hasText: "HFS" })
    .first()
    .click();
  const frame = editor.page.frameLocator("iframe.webview").frameLocator("iframe");
  await frame.getByRole("heading", { name: "Commands" }).waitFor();
  const widths = frame.locator("img").evaluateAll((all) => all.map((one) => one.naturalWidth));
  assert.ok((await widths).every((width) => width > 0));
  await editor.screenshot("details");
  await editor.run("View: Close All Editors");
}

async function listing(editor) {
  step("all sessions are found, not only the first page");
  await editor.run("HFS: Show Sessions");
  await editor.row("Retry the uploads").waitFor();
  await editor.row("Retry the uploads").hover();
  await editor.screenshot("palette");
  await editor.input.fill("needle");
  await editor.rowCount(1);
  await editor.row("The needle").hover();
  await editor.row("The needle").getByRole("button", { name: "Export as JSON" }).click();
  await editor.message("Exported to The_needle");
}

/** A workspace that names a server of its own. */
async function trust(world, server, standIn, within) {
  const sprung = join(world.root, "sprung");
  const trap = `#!/bin/sh\ntouch '${sprung}'\nexec '${server}' "$@"\n`;
  writeFileSync(join(world.workspace, "trap.sh"), trap, { mode: 0o755 });
  mkdirSync(join(world.workspace, ".vscode"));
  const settings = { "hfs.server.path": "${workspaceFolder}/trap.sh" };
  writeFileSync(join(world.workspace, ".vscode/settings.json"), JSON.stringify(settings));
  for (const trusted of [false, true]) {
    step(trusted ? "a trusted workspace chooses the server" : "one in Restricted Mode does not");
    await within(trusted, async (editor) => {
      await editor.run("HFS: Show Sessions");
      await editor.row("Retry the uploads").waitFor();
      assert.equal(existsSync(sprung), trusted);
      await editor.screenshot(trusted ? "trusted" : "restricted");
      await editor.page.keyboard.press("Escape");
      if (trusted) {
        await failing(editor, world, standIn);
      }
    });
  }
}

async function failing(editor, world, standIn) {
  step("a server that fails is told of in the view and in one message");
  const settings = { "hfs.server.path": standIn, "hfs.server.args": ["exits"] };
  writeFileSync(join(world.workspace, ".vscode/settings.json"), JSON.stringify(settings));
  await editor.page.locator(".pane-header", { hasText: "HFS Sessions" }).click();
  await editor.sessionRow("Try Again").click();
  await editor.message("No module named 'pygls'");
  assert.equal(await editor.toasts.count(), 1);
  await editor.screenshot("failed");
  await editor.noDialog();
}
