/** The dialogs for what is imported, and the files that an import speaks of. */

import * as vscode from "vscode";
import { failureFrom } from "../errors";

/** The files to import, of any number. */
export async function askForFiles(): Promise<vscode.Uri[] | undefined> {
  return vscode.window.showOpenDialog({
    canSelectMany: true,
    title: vscode.l10n.t("Import Sessions"),
    openLabel: vscode.l10n.t("Import"),
    filters: {
      [vscode.l10n.t("Sessions and archives")]: ["json", "jsonl", "zst", "zip", "db"],
      [vscode.l10n.t("All files")]: ["*"],
    },
  });
}

/** The folders to import. Most systems have no dialog that takes files and folders. */
export async function askForFolders(): Promise<vscode.Uri[] | undefined> {
  return vscode.window.showOpenDialog({
    canSelectMany: true,
    canSelectFiles: false,
    canSelectFolders: true,
    title: vscode.l10n.t("Import All Sessions in a Folder"),
    openLabel: vscode.l10n.t("Import"),
  });
}

/** Whether an editor can show the place in it that is wrong. */
export async function isText(uri: vscode.Uri): Promise<boolean> {
  const stat = await Promise.resolve(vscode.workspace.fs.stat(uri)).catch(() => undefined);
  return stat?.type === vscode.FileType.File && !/\.(zip|zst|db)$/i.test(uri.path);
}

/** Opens the file with the cursor in this line, which is 1-based. */
export async function openAt(uri: vscode.Uri, line: unknown): Promise<void> {
  const row = typeof line === "number" ? Math.max(0, line - 1) : 0;
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(row, 0, row, 0) };
  try {
    await vscode.commands.executeCommand("vscode.open", uri, options);
  } catch (error) {
    throw failureFrom(error);
  }
}
