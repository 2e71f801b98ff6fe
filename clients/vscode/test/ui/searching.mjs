/** Searching in sessions, and asking who wrote a line, as a person sees it. */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "./editor.mjs";
import { importSessions, seedProject } from "./seeds.mjs";

const step = (text) => console.log(`- ${text}`);

export async function searching({ world, server, start, browser, results }) {
  // Another workspace, since that of the story has settings of its own.
  const workspace = join(world.root, "shop");
  const store = join(world.root, "searched/sessions.db");
  mkdirSync(workspace);
  mkdirSync(join(world.root, "searched"));
  importSessions(server, store, world.root, seedProject(workspace));
  const vscode = await start({
    "security.workspace.trust.enabled": false,
    "hfs.server.path": server,
    "hfs.databasePath": store,
    "hfs.annotate": true,
  });
  try {
    await Editor.use([browser, vscode.address, workspace, results], async (editor) => {
      await search(editor);
      await keep(editor);
      await preview(editor);
      await authorship(editor);
    });
  } finally {
    await vscode.stop();
  }
}

async function search(editor) {
  step("a search is answered while one types, with the words that were found");
  await editor.run("HFS: Search Sessions…");
  await editor.row("Type words of what was said").waitFor();
  await editor.input.pressSequentially("retry lo", { delay: 60 });
  await editor.row("Make the login retry").waitFor();
  await editor.screenshot("search");

  step("it is filtered by tool");
  await openFilters(editor, ".codicon-filter");
  await editor.row("Codex").click();
  await editor.row("api").click();
  await editor.row("web").click();
  // There is one project: the last one.
  await editor.checkedRow("api", false);
  await editor.checkedRow("web", true);
  await editor.row("web").click();
  await editor.screenshot("search-filter");
  await editor.page.keyboard.press("Enter");
  await editor.page.locator(".quick-input-title", { hasText: "Codex" }).waitFor();
  await editor.rowCount(1);
  await openFilters(editor, ".codicon-filter-filled");
  await editor.row("Codex").click();
  await editor.page.keyboard.press("Enter");
  await editor.row("Make the login retry").waitFor();

  step("Enter opens the session at the message");
  await editor.input.fill("jitter of the backoff");
  await editor.rowCount(1);
  await editor.row("Make the login retry").click();
  await editor.tab("Make the login retry.md").waitFor();
  await editor.text("the jitter of the backoff").waitFor();
  await editor.screenshot("search-opened");
  await editor.run("View: Close All Editors");
}

/** Opens the list of filters, and waits until its rows have taken the place of those before. */
async function openFilters(editor, button) {
  await editor.page.locator(`.quick-input-titlebar ${button}`).click();
  await editor.page.locator(".quick-input-title", { hasText: "Filter the Search" }).waitFor();
  await editor.row("/home/ann/api · 1 session").waitFor();
}

async function keep(editor) {
  step("results stay in a view, and a click opens the message");
  await editor.run("HFS: Search Sessions…");
  await editor.input.fill("login");
  await editor.row("Make the login retry").waitFor();
  await editor.page.locator(".quick-input-titlebar .codicon-list-tree").click();
  const pane = editor.page.locator(".pane", { hasText: "HFS Search Results" });
  const rows = pane.locator(".monaco-list-row");
  await rows.filter({ hasText: "Make the login retry" }).first().waitFor();
  const hit = rows.filter({ hasText: "The jitter" }).first();
  await rows.nth(1).waitFor();
  await editor.screenshot("search-results");
  await rows.nth(1).click();
  await editor.page.locator(".tabs-container .tab").first().waitFor();
  await editor.screenshot("search-result-opened");
  assert.ok(hit);
  await editor.run("View: Close All Editors");
}

async function preview(editor) {
  step("the preview begins at the message");
  await editor.run("HFS: Search Sessions…");
  await editor.input.fill("jitter of the backoff");
  await editor.rowCount(1);
  await editor.row("Make the login retry").hover();
  await editor.page.locator(".quick-input-list .codicon-open-preview").first().click();
  await editor.tab("Preview Make the login retry.md").waitFor();
  const page = editor.page.frameLocator("iframe.webview").frameLocator("iframe#active-frame");
  const found = page.getByText("the jitter of the backoff");
  await found.waitFor();
  await editor.page.waitForTimeout(1000);
  const { top, height } = await found.evaluate((element) => ({
    top: element.getBoundingClientRect().top,
    height: window.innerHeight,
  }));
  await editor.screenshot("search-preview");
  assert.ok(top >= 0 && top < height, `the message is at ${top} of ${height}`);
  await editor.run("View: Close All Editors");
}

async function authorship(editor) {
  step("a lens says how many sessions edited the file, and a hover which one wrote the line");
  await editor.file("src").click();
  await editor.file("login.py").dblclick();
  await editor.tab("login.py").waitFor();
  await editor.page.locator(".codelens-decoration", { hasText: "2 AI sessions" }).waitFor();
  await editor.text("retry(attempt").hover();
  const hover = editor.page.locator(".monaco-hover", { hasText: "Written by" });
  await hover.waitFor();
  await editor.screenshot("hover");

  step("its link opens the session at the message");
  await hover.locator("a", { hasText: "Make the login retry" }).click();
  await editor.tab("Make the login retry.md").waitFor();
  await editor.page.locator(".statusbar-item", { hasText: /^Ln [1-9]\d/ }).waitFor();
  await editor.screenshot("hover-opened");
  await editor.tab("login.py").click();

  step("the menu of the editor asks who wrote the line");
  await editor.menu(editor.text("retry(attempt"), "HFS: Who Wrote This Line?");
  await editor.row("Make the login retry").waitFor();
  await editor.screenshot("who-wrote");
  await editor.page.keyboard.press("Escape");

  step("the lens lists the sessions");
  await editor.page.locator(".codelens-decoration a", { hasText: "2 AI sessions" }).click();
  await editor.row("Write the login form").waitFor();
  await editor.screenshot("sessions-of-file");
  await editor.page.keyboard.press("Escape");
}
