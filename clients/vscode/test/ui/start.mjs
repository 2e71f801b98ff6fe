/** The first minutes as a new user has them: the view, the walkthrough, the status bar. */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "./editor.mjs";
import { seedTools } from "./seeds.mjs";

const step = (text) => console.log(`- ${text}`);

export async function firstMinutes({ world, server, start, browser, results }) {
  const workspace = join(world.root, "first");
  mkdirSync(workspace);
  writeFileSync(join(workspace, "notes.txt"), "");
  mkdirSync(join(world.root, "first-store"));
  seedTools(world.home, workspace);
  const vscode = await start({
    "security.workspace.trust.enabled": false,
    "hfs.server.path": server,
    "hfs.databasePath": join(world.root, "first-store/sessions.db"),
    "hfs.keep": [],
  });
  // The walkthrough has pictures where there is room for them.
  const size = { width: 1600, height: 900 };
  try {
    await Editor.use([browser, vscode.address, workspace, results, size], async (editor) => {
      await walkthrough(editor);
      await status(editor);
    });
  } finally {
    await vscode.stop();
  }
}

async function walkthrough(editor) {
  const { page } = editor;
  step("the view of an empty store knows that tools have sessions, and leads to the walkthrough");
  await page.locator(".pane-header", { hasText: "HFS Sessions" }).click();
  await page.getByText("tools on this machine have some").waitFor();
  await editor.screenshot("view-found");
  await page.getByRole("button", { name: "Get Started" }).click();

  step("the walkthrough goes from finding to importing, and checks what is done");
  const steps = page.locator(".getting-started-step");
  const done = (title) => steps.filter({ hasText: title }).locator(".codicon.complete").first();
  await steps.filter({ hasText: "Find Sessions on This Machine" }).waitFor();
  assert.equal(await steps.filter({ hasText: "Install the Server" }).count(), 0);
  await page.getByRole("button", { name: "Find Sessions", exact: true }).click();
  await editor.row("Claude Code").waitFor();
  // The walkthrough may take the keyboard when it checks a step.
  await page.getByRole("button", { name: "OK", exact: true }).click();
  await page.locator(".quick-input-title", { hasText: "4 new" }).waitFor();
  await editor.row("Import").click();
  await editor.message("Import finished");
  await editor.clearMessages();
  await editor.sessionRow("Find the slow query").waitFor();
  await done("Find Sessions on This Machine").waitFor();
  await done("Import Them").waitFor();
  await steps.filter({ hasText: "Search in Everything" }).click();
  await page.getByRole("button", { name: "Search Sessions…" }).waitFor();
  await page.waitForTimeout(800);
  await editor.screenshot("walkthrough");
}

async function status(editor) {
  step("the status bar has no entry while all is well");
  const entry = editor.page.locator(".statusbar-item", { hasText: "HFS" });
  assert.equal(await entry.count(), 0);
  await editor.run("HFS: Copy Diagnostics");
  const copied = await editor.message("The diagnostics are in the clipboard");
  await editor.press(copied, "Show");
  await editor.text("# HFS diagnostics").waitFor();
  await editor.screenshot("diagnostics");
}
