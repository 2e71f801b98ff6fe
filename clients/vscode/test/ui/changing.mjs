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
  importSessions(server, store, world.root, [...seedProject(workspace), secretSession()]);
  const vscode = await start({
    "security.workspace.trust.enabled": false,
    "hfs.server.path": server,
    "hfs.databasePath": store,
  });
  try {
    await Editor.use([browser, vscode.address, workspace, results], async (editor) => {
      await editor.page.locator(".pane-header", { hasText: "HFS Sessions" }).click();
      await editor.sessionRow("Make the login retry").waitFor();
      await enlarge(editor);
      await rename(editor);
      await deleteAndUndo(editor);
      await restoreFromGroup(editor);
      await copy(editor);
      await share(editor);
    });
  } finally {
    await vscode.stop();
  }
}

/** A session with secrets that are none. */
function secretSession() {
  const key = ["ghp", "9aB3cD5eF7gH1iJ2kL4mN6oP8qR0sT2uV4wX"].join("_");
  const server = ["postgres://shop", "Q7w9Zk2pLx@db.example.org/shop"].join(":");
  const texts = [
    "Deploy the shop. The configuration is in /home/annlee/shop/deploy.toml.",
    `The workflow needs a token; I take ${key} for now.`,
    `Then connect to ${server} and tell ann.lee@example.org.`,
    `The request was refused: authorization with ${key}.`,
  ];
  const messages = texts.map((content, n) => ({ role: n % 2 ? "assistant" : "user", content }));
  return { metadata: { schema_version: "1.1.0", session_name: "Deploy the shop" }, messages };
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
  // The pointer would bring up a tooltip over the rows.
  await editor.page.mouse.move(600, 740);
  await editor.page.waitForTimeout(500);
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

async function share(editor) {
  step("before sharing, a list says what is replaced, and not what it says");
  await editor.run("View: Close All Editors");
  await editor.menu(editor.sessionRow("Deploy the shop"), "Export for Sharing…");
  await editor.row("HTML").waitFor();
  await editor.screenshot("sharing-formats");
  await editor.row("HTML").click();
  await editor.row("github-token-1").waitFor();
  await editor.screenshot("sharing");
  await editor.row("github-token-1").hover();
  await editor.row("github-token-1").getByRole("button", { name: "Show in the Session" }).click();
  await editor.tab("Deploy the shop.md").waitFor();
  await editor.row("github-token-1").waitFor();
  await editor.screenshot("sharing-place");
  await editor.page.getByRole("button", { name: "OK" }).click();
  await editor.message("Exported to Deploy_the_shop");
  await editor.screenshot("shared");
  await editor.clearMessages();
}
