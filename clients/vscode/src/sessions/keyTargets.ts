/** Which rows of a view a key is about. */

import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";

const ATTEMPTS = 5;
const WAIT_MILLISECONDS = 60;

/**
 * The selected rows, or the one with the focus where that is not selected, as in the explorer.
 *
 * While VS Code reads the rows again, as after every change of the store, it names none as selected,
 * not even one that was just clicked; so where there is none, they are read again after a short wait.
 */
export async function rowsForKey(
  view: vscode.TreeView<vscode.TreeItem>,
): Promise<readonly vscode.TreeItem[]> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const rows = await rowsNow(view);
    if (rows.length > 0) {
      return rows;
    }
    await sleep(WAIT_MILLISECONDS);
  }
  return rowsNow(view);
}

/**
 * The cursor keys move the focus only, and VS Code does not say where it is: the selection of the
 * row with the focus is toggled, to see which one that is, and toggled back.
 */
async function rowsNow(
  view: vscode.TreeView<vscode.TreeItem>,
): Promise<readonly vscode.TreeItem[]> {
  const selected = view.selection;
  const toggle = () => vscode.commands.executeCommand("list.toggleSelection");
  await toggle();
  const toggled = view.selection;
  await toggle();
  // The view may have made its rows again meanwhile.
  const ids = new Set(selected.map(({ id }) => id));
  const focused = toggled.find(({ id }) => !ids.has(id));
  if (focused) {
    return [focused];
  }
  // Where nothing was toggled, nobody knows which row was meant.
  return toggled.length < selected.length ? selected : [];
}
