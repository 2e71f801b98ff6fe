/** The session that a tab shows, and the message at its cursor. */

import * as vscode from "vscode";
import { Chosen } from "../arguments";
import { ownFailure } from "../errors";
import { SCHEME, sessionOf } from "./documents";
import { messageAt } from "./messagePlace";

/** The session of the tab with this document, or else of the active one. */
export function sessionOfTab(given: unknown): Chosen | undefined {
  const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === SCHEME ? new Chosen(sessionOf(uri)) : undefined;
}

/** Raises Failure where the cursor is in no message. */
export function messageAtCursor(): { session: Chosen["session"]; message: number } {
  const editor = vscode.window.activeTextEditor;
  const isSession = editor?.document.uri.scheme === SCHEME;
  if (editor && isSession) {
    const { document, selection } = editor;
    const message = messageAt(document.getText(), document.offsetAt(selection.active));
    if (message !== undefined) {
      return { session: sessionOf(document.uri), message };
    }
  }
  throw ownFailure(
    "noMessage",
    vscode.l10n.t("Open a session as Markdown, and place the cursor in the message to copy."),
  );
}
