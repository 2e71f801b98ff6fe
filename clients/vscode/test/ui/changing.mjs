/** Renaming, deleting, restoring and copying sessions, as a person does with keys and menus. */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "./editor.mjs";
import { importSessions, seedProject } from "./seeds.mjs";

const step = (text) => console.log(`- ${text}`);

export async function changing({ world, server, start, browser, results }) {
  const workspace = join(world.root, "changed");
  const store = join(world.root, "changed-store/sessions.db");
  mkdirSync(workspace);
  mkdirSync(join(world.root, "changed-store"));
  importSessions(server, store, world.root, seedProject(workspace));
  const vscode = await start({
    "security.workspace.trust.enabled": false,
    "hfs.server.path": server,
    "hfs.databasePath": store,
  });
  const editor = await Editor.open(browser, vscode.address, workspace, results);
  try {
    await editor.page.locator(".pane-header", { hasText: "HFS Sessions" }).click();
    await editor.sessionRow("Make the login retry").waitFor();
    await enlarge(editor);
    await rename(editor);
    await deleteAndUndo(editor);
    await restoreFromGroup(editor);
    await copy(editor);
  } catch (error) {
    await editor.screenshot("failure").catch(() => {});
    throw error;
  } finally {
    await editor.page.close();
    await vscode.stop();
  }
}

/** Makes room for the rows of the view. */
async function enlarge({ page }) {
  const outline = await page.locator(".pane-header", { hasText: "Outline" }).boundingBox();
  await page.mouse.move(200, outline.y);
  await page.mouse.down();
  await page.mouse.move(200, outline.y - 300, { steps: 5 });
  await page.mouse.up();
}

async function rename(editor) {
  step("F2 in the view renames the session with the focus");
  const { keyboard } = editor.page;
  await editor.sessionRow("Make the login retry").click();
  await editor.tab("Make the login retry.md").waitFor();
  await keyboard.press("F2");
  await editor.page.locator(".quick-input-title", { hasText: "Rename Session" }).waitFor();
  assert.equal(await editor.input.inputValue(), "Make the login retry");
  await editor.screenshot("rename");
  await editor.input.fill("The login tries again");
  await keyboard.press("Enter");
  await editor.sessionRow("The login tries again").waitFor();
}

async function deleteAndUndo(editor) {
  step("Delete deletes it, its tab says so, and one press undoes that");
  const { keyboard } = editor.page;
  await editor.sessionRow("The login tries again").click();
  await keyboard.press("Delete");
  const toast = await editor.message("Deleted “The login tries again”.");
  await editor.sessionRow("The login tries again").waitFor({ state: "detached" });
  await editor.sessionRow("Deleted").waitFor();
  const tab = editor.tab("Make the login retry.md");
  await tab.locator(".strikethrough, [class*=strikethrough]").first().waitFor();
  assert.equal(await editor.toasts.count(), 1);
  await editor.screenshot("deleted");
  await editor.press(toast, "Undo");
  await editor.sessionRow("The login tries again").waitFor();
  await tab.locator(".strikethrough, [class*=strikethrough]").waitFor({ state: "detached" });
  await editor.sessionRow("Deleted").waitFor({ state: "detached" });
}

async function restoreFromGroup(editor) {
  step("several are deleted from the menu, and restored from the group");
  await editor.sessionRow("The login tries again").click();
  await editor.page.keyboard.down("Control");
  await editor.sessionRow("Write the login form").click();
  await editor.page.keyboard.up("Control");
  await editor.sessionRow("Write the login form").click({ button: "right" });
  const labels = editor.page.locator(".monaco-menu .action-label");
  await labels.filter({ hasText: "Delete" }).first().waitFor();
  assert.equal(await labels.filter({ hasText: "Rename" }).count(), 0);
  await editor.screenshot("delete-menu");
  await editor.page.keyboard.press("Escape");
  await editor.menu(editor.sessionRow("Write the login form"), "Delete");
  await editor.message("Deleted 2 sessions.");
  await editor.sessionRow("Deleted").click();
  await editor.sessionRow("The login tries again").waitFor();
  await editor.sessionRow("The login tries again").hover();
  await editor.screenshot("deleted-group");
  await editor.page.getByRole("button", { name: "Restore" }).first().click();
  await editor.sessionRow("Write the login form").waitFor();
  await editor.menu(editor.sessionRow("Write the login form"), "Restore");
  await editor.sessionRow("Deleted").waitFor({ state: "detached" });
  await editor.sessionRow("The login tries again").waitFor();
  await editor.clearMessages();
}

async function copy(editor) {
  step("a row's menu copies the session, and an editor's the message at the cursor");
  const said = () => editor.page.locator(".statusbar-item", { hasText: "Copied" }).first();
  await editor.menu(editor.sessionRow("The login tries again"), "Copy as Markdown");
  await said().filter({ hasText: "“The login tries again”" }).waitFor();
  await editor.run("View: Close All Editors");
  await editor.sessionRow("The login tries again").dblclick();
  await editor.text("Step 1").waitFor();
  await editor.menu(editor.text("Step 1"), "HFS: Copy Message");
  await said().filter({ hasText: "message 3" }).waitFor();
  await editor.screenshot("copied");
  assert.equal(await editor.toasts.count(), 0);
}
