/** Comparing, exporting, filtering, continuing and dragging sessions, with menus and the mouse. */

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "./editor.mjs";
import { importSessions } from "./seeds.mjs";

const ID = "44444444-4444-4444-8444-444444444444";

const step = (text) => console.log(`- ${text}`);

export async function arranging({ world, server, start, browser, results }) {
  const workspace = join(world.root, "arranged");
  const store = join(world.root, "arranged-store/sessions.db");
  mkdirSync(workspace);
  mkdirSync(join(world.root, "arranged-store"));
  const named = ["Find the slow query", "Mend the slow query", "Write the manual"];
  importSessions(
    server,
    store,
    world.root,
    named.map((name) => session(name, workspace)),
  );
  const dropped = session("Dropped here", workspace);
  writeFileSync(join(workspace, "dropped.json"), JSON.stringify(dropped));
  const vscode = await start({
    "security.workspace.trust.enabled": false,
    "hfs.server.path": server,
    "hfs.databasePath": store,
    // Drawn as text, which can be read.
    "terminal.integrated.gpuAcceleration": "off",
    "terminal.integrated.defaultProfile.linux": "sh",
    "terminal.integrated.profiles.linux": { sh: { path: "/bin/sh" } },
  });
  try {
    await Editor.use([browser, vscode.address, workspace, results], async (editor) => {
      await editor.page.locator(".pane-header", { hasText: "HFS Sessions" }).click();
      await editor.sessionRow("Write the manual").waitFor();
      await compareSelected(editor);
      await exportSelected(editor, workspace);
      await filter(editor);
      await drag(editor);
      await goOn(editor);
    });
  } finally {
    await vscode.stop();
  }
}

function session(name, workspace) {
  const source = { tool: "claude-code", session_id: ID };
  const facts = { session_id: name, source, working_directory: workspace };
  const messages = [{ role: "user", content: `${name}, please.` }];
  const metadata = { schema_version: "1.1.0", session_name: name, ...facts };
  return { metadata, messages };
}

async function selectBoth(editor) {
  await editor.sessionRow("Mend the slow query").click();
  await editor.sessionRow("Find the slow query").click({ modifiers: ["Control"] });
}

async function compareSelected(editor) {
  step("Two sessions that are selected are compared side by side");
  await selectBoth(editor);
  await editor.menu(editor.sessionRow("Find the slow query"), "Compare Selected");
  await editor.tab("↔").waitFor();
  await editor.page.locator(".monaco-diff-editor").waitFor();
  await editor.screenshot("compare");
  await editor.sessionRow("Write the manual").click();
  await editor.noMenuEntry(editor.sessionRow("Write the manual"), "Compare Selected");
  await editor.run("View: Close All Editors");
}

async function exportSelected(editor, workspace) {
  step("Those that are selected are exported to one folder, with one message");
  await selectBoth(editor);
  await editor.menu(editor.sessionRow("Find the slow query"), "Export Selected…");
  await editor.row("Markdown").click();
  await editor.row("A folder of the workspace").click();
  await editor.message("Exported 2 sessions to");
  const written = readdirSync(workspace).filter((name) => name.endsWith(".md"));
  assert.equal(written.length, 2);
  await editor.clearMessages();
}

async function filter(editor) {
  step("The view is filtered while one types, says so, and shows all again");
  await editor.run("HFS: Filter Sessions…");
  await editor.input.fill("manual");
  await editor.sessionRow("Find the slow query").waitFor({ state: "detached" });
  await editor.sessionRow("Write the manual").waitFor();
  await editor.page.keyboard.press("Enter");
  const header = editor.page.locator(".pane-header", { hasText: "HFS Sessions" });
  // Buttons take the place of what a view says while it has the focus or the pointer.
  await editor.run("View: Focus Active Editor Group");
  await editor.page.mouse.move(0, 0);
  await header.locator(".description", { hasText: "“manual”" }).waitFor();
  await editor.screenshot("filter");
  await header.hover();
  await header.getByRole("button", { name: "Clear Filter" }).click();
  await editor.sessionRow("Find the slow query").waitFor();
}

async function drag(editor) {
  step("A file that is dropped on the view is imported, and a dragged session opens");
  await editor.file("dropped.json").dragTo(editor.sessionRow("Write the manual"));
  await editor.sessionRow("Dropped here").waitFor();
  await editor.clearMessages();
  await editor.sessionRow("Dropped here").hover();
  const { mouse } = editor.page;
  await mouse.down();
  // An editor takes a drop only after it has seen the pointer move over it.
  await mouse.move(700, 300, { steps: 5 });
  await mouse.move(720, 320, { steps: 5 });
  await editor.page.locator("#monaco-workbench-editor-drop-overlay").waitFor();
  await mouse.up();
  await editor.tab("Dropped here.md").waitFor();
  await editor.text("Dropped here, please.").waitFor();
}

async function goOn(editor) {
  step("The command that continues a session waits in a terminal for Enter");
  await editor.sessionRow("Write the manual").click();
  await editor.menu(editor.sessionRow("Write the manual"), "Continue This Session");
  const rows = editor.page.locator(".terminal-wrapper.active .xterm-rows");
  await rows.filter({ hasText: `claude --resume ${ID}` }).waitFor();
  await editor.screenshot("continue");
}
