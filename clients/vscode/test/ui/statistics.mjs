/** The page of statistics, as it is seen and as it is read aloud. */

import assert from "node:assert/strict";

/** Opens the page, and follows one of its links. */
export async function statistics(editor, screenshot = "statistics") {
  console.log("- the statistics are a page with charts, which has nothing but text and pictures");
  await editor.run("HFS: Statistics");
  await editor.tab("HFS Statistics").waitFor();
  const page = editor.page.frameLocator("iframe.webview").frameLocator("iframe#active-frame");
  await page.getByRole("heading", { name: "Statistics of Sessions" }).waitFor();
  await page.getByRole("img", { name: /^Messages by / }).waitFor();
  await page.getByRole("rowheader").first().waitFor();
  await editor.screenshot(screenshot);

  console.log("- its links choose the sessions");
  const all = page.getByRole("link", { name: "All Sessions" });
  assert.equal(await all.getAttribute("aria-current"), "true");
  await page.getByRole("link", { name: "Active in the Last 7 Days" }).click();
  const chosen = page.locator("a[aria-current]", { hasText: "Active in the Last 7 Days" });
  await chosen.waitFor();
  await editor.run("View: Close Editor");
}
