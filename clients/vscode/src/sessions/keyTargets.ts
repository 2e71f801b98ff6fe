/** Which rows of a view a key is about. */

import * as vscode from "vscode";

/**
 * The selected rows, or the one with the focus where that is not selected, as in the explorer.
 *
 * The cursor keys move the focus only, and VS Code does not say where it is: the selection of the
 * row with the focus is toggled, to see which one that is, and toggled back.
 */
export async function rowsForKey<T>(view: vscode.TreeView<T>): Promise<readonly T[]> {
  const selected = view.selection;
  const toggle = () => vscode.commands.executeCommand("list.toggleSelection");
  await toggle();
  const focused = view.selection.find((row) => !selected.includes(row));
  await toggle();
  return focused === undefined ? selected : [focused];
}
