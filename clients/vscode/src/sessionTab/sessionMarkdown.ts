/** Markdown of sessions: which documents hold it, and its parts. */

import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import { SCHEME } from "../sessions/documents";
import { PartReader, type Parts } from "./parts";

/** How many lines are read before others of this process get their turn. */
export const LINES_PER_TURN = 5000;

/** How an export begins, wherever it is kept. */
export const EXPORT =
  /^\uFEFF?# [^\n]*\n\r?\n- \*\*Exported:\*\* \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\r?\n/;

/** What may be a session: `hfs:` documents, and exported files. */
export const MARKDOWN = [SCHEME, "file", "untitled"].map((scheme) => ({
  language: "markdown",
  scheme,
}));

export function isSession(document: vscode.TextDocument): boolean {
  const { scheme } = document.uri;
  return scheme === SCHEME || EXPORT.test(document.getText(new vscode.Range(0, 0, 3, 0)));
}

const known = new WeakMap<vscode.TextDocument, { version: number; parts: Promise<Parts> }>();

/** The parts of a session as it is now, read once for all that ask. */
export function partsIn(document: vscode.TextDocument): Promise<Parts> {
  const { version } = document;
  let found = known.get(document);
  if (found?.version !== version) {
    found = { version, parts: read(document) };
    known.set(document, found);
  }
  return found.parts;
}

async function read(document: vscode.TextDocument): Promise<Parts> {
  const reader = new PartReader();
  for (let line = 0; line < document.lineCount; line++) {
    reader.read(document.lineAt(line).text, line);
    if (line % LINES_PER_TURN === LINES_PER_TURN - 1) {
      await setImmediate();
    }
  }
  return reader.end();
}
