/** VS Code as a person at the keyboard has it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export class Editor {
  constructor(page, results) {
    this.page = page;
    this.results = results;
    this.input = page.locator(".quick-input-widget input");
    this.rows = page.locator(".quick-input-widget .monaco-list-row");
    this.toasts = page.locator(".notification-toast");
  }

  /** Opens the workspace; `language` is that of a language pack, whose texts are VS Code's own. */
  static async open(
    browser,
    address,
    workspace,
    results,
    size = { width: 1200, height: 760 },
    language = undefined,
  ) {
    const page = await browser.newPage({ viewport: size, deviceScaleFactor: 1 });
    if (language) {
      await page.addInitScript((name) => {
        globalThis._VSCODE_NLS_LANGUAGE = name;
      }, language);
    }
    page.setDefaultTimeout(60_000);
    const editor = new Editor(page, results);
    await page.goto(`http://${address}/?folder=${encodeURIComponent(workspace)}`);
    await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
    return editor;
  }

  /** Works in an editor that `open` opens, and closes it; a failure leaves a picture. */
  static async use(where, work) {
    const editor = await Editor.open(...where);
    try {
      await work(editor);
    } catch (error) {
      await editor.screenshot("failure").catch(() => {});
      throw error;
    } finally {
      await editor.page.close();
    }
  }

  /** Runs a command by its title. The palette knows only the commands of when it was opened. */
  async run(title) {
    for (let attempt = 0; attempt < 15; attempt++) {
      await this.page.keyboard.press("F1");
      await this.input.fill(`>${title}`);
      const row = this.rows.filter({ hasText: title }).first();
      if (
        await row.waitFor({ timeout: 1500 }).then(
          () => true,
          () => false,
        )
      ) {
        await row.click();
        return;
      }
      await this.page.keyboard.press("Escape");
      await sleep(500);
    }
    assert.fail(`The palette has no command ${title}.`);
  }

  row(text) {
    return this.rows.filter({ hasText: text }).first();
  }

  /** How many boxes of the list are checked. */
  checked() {
    return this.rows.locator(".monaco-checkbox.checked, .monaco-custom-toggle.checked").count();
  }

  /** Waits until the box of the row is checked, or is not. */
  checkedRow(text, isChecked) {
    const box = this.row(text).getByRole("checkbox", { checked: isChecked });
    return box.waitFor();
  }

  async rowCount(count) {
    await this.page.waitForFunction(
      (wanted) =>
        document.querySelectorAll(".quick-input-widget .monaco-list-row").length === wanted,
      count,
    );
  }

  tab(text) {
    return this.page.locator(".tabs-container .tab").filter({ hasText: text }).first();
  }

  text(text) {
    return this.page.locator(".view-line").filter({ hasText: text }).first();
  }

  /** Waits until this file is open and the cursor stands here. */
  async at(name, place) {
    await this.tab(name).waitFor();
    await this.page.locator(".statusbar-item", { hasText: place }).first().waitFor();
  }

  file(name) {
    return this.page
      .locator(".explorer-folders-view .monaco-list-row")
      .filter({ hasText: name })
      .first();
  }

  sessionRows(text) {
    return this.page
      .locator(".pane", { hasText: "HFS Sessions" })
      .locator(".monaco-list-row")
      .filter({ hasText: text });
  }

  sessionRow(text) {
    return this.sessionRows(text).first();
  }

  /** Waits for a message; gives it. */
  async message(text, timeout = 60_000) {
    const toast = this.toasts.filter({ hasText: text }).first();
    await toast.waitFor({ timeout });
    return toast;
  }

  async press(toast, button) {
    await toast.getByRole("button", { name: button, exact: true }).click();
  }

  async clearMessages() {
    await this.run("Notifications: Clear All Notifications");
    await this.toasts.first().waitFor({ state: "hidden" });
  }

  async noDialog() {
    assert.equal(await this.page.locator(".monaco-dialog-box").count(), 0, "a modal dialog");
  }

  async menu(target, entry) {
    await target.click({ button: "right" });
    const item = this.page.locator(".monaco-menu .action-label").filter({ hasText: entry }).first();
    await item.hover();
    // A menu takes no click in its first moments, which could be the one that opened it.
    await sleep(500);
    await item.click();
  }

  /** Opens the menu of what lies there, and sees that no entry has the text. */
  async noMenuEntry(target, text) {
    await target.click({ button: "right" });
    const labels = this.page.locator(".monaco-menu .action-label");
    await labels.filter({ hasText: "Rename" }).first().waitFor();
    assert.equal(await labels.filter({ hasText: text }).count(), 0);
    await this.page.keyboard.press("Escape");
  }

  async screenshot(name) {
    await sleep(400);
    await this.page.screenshot({ path: join(this.results, `${name}.png`) });
  }
}
