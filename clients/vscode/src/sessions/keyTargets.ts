/** Which rows of a view a key is about. */

import * as vscode from "vscode";

/**
 * The selected rows, or the one with the focus where that is not selected, as in the explorer.
 *
 * The cursor keys move the focus only, and VS Code does not say where it is: the selection of the
 * row with the focus is toggled, to see which one that is, and toggled back.
 */
export async function rowsForKey(
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
