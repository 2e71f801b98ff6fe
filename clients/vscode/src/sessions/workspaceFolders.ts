/** The folders of the workspace, also as they are called where no link leads to them. */

import { realpathSync } from "node:fs";
import * as vscode from "vscode";
import type { WorkspaceFolder } from "./groups";

export function workspaceFolders(): WorkspaceFolder[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders
    .filter(({ uri }) => uri.scheme === "file")
    .map(({ uri }) => ({ path: uri.fsPath, realPath: realPathOf(uri.fsPath) }));
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
