/** Session files that are open in the editor: which they are, and that the server runs for them. */

import * as vscode from "vscode";
import { BEGINNING, mayBeSession } from "./recognition";

/** JSON that has a format of its own, which every project has. */
const OTHERS =
  /^(?:package|package-lock|npm-shrinkwrap|composer|bower|manifest|[jt]sconfig.*|.*\.schema)\.json$/i;
const LANGUAGES = ["json", "jsonl"];

/** Whether session files that are open are understood, in a workspace that may start programs. */
export function understandsSessionFiles(): boolean {
  const configuration = vscode.workspace.getConfiguration("hfs");
  return vscode.workspace.isTrusted && configuration.get("sessionFiles", true) === true;
}

/** Whether an open document may be a session file. No more than its beginning is looked at. */
export function isSessionFile(document: vscode.TextDocument): boolean {
  const { uri, languageId } = document;
  const name = uri.path.split("/").at(-1) ?? "";
  const isJson = LANGUAGES.includes(languageId) || /\.jsonl?$/.test(uri.path);
  const isOpened = uri.scheme === "file" || uri.scheme === "untitled";
  return isJson && isOpened && !OTHERS.test(name) && mayBeSession(beginningOf(document));
}

function beginningOf(document: vscode.TextDocument): string {
  let text = "";
  for (let line = 0; line < document.lineCount && text.length < BEGINNING; line++) {
    text += `${document.lineAt(line).text.slice(0, BEGINNING)}\n`;
  }
  return text;
}

/** Whether a session file is open that is to be understood. */
export function hasSessionFile(): boolean {
  return understandsSessionFiles() && vscode.workspace.textDocuments.some(isSessionFile);
}

/**
 * Starts the server for session files, once for each time that one is opened: a server that died
 * is not started again by them.
 */
export function startForSessionFiles(start: () => void): vscode.Disposable {
  const seen = new WeakSet<vscode.TextDocument>();
  const look = (document: vscode.TextDocument) => {
    if (!seen.has(document) && understandsSessionFiles() && isSessionFile(document)) {
      seen.add(document);
      start();
    }
  };
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => look(document)),
  );
}
