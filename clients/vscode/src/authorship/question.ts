/** What is asked about: a file, or a line of it. */

import * as vscode from "vscode";
import { isObject } from "../arguments";
import type { SessionsOfFileParams } from "../server/protocol";

const FEWEST_CHARACTERS = 4;

export interface Question {
  uri: vscode.Uri;
  /** From 0, with the text as it is in the editor. */
  line?: { number: number; text: string | undefined };
}

/** What a caller wants to know who names a file by its URI, and a line where one is needed. */
export function paramsIn(given: unknown, isOfLine: boolean): SessionsOfFileParams | undefined {
  if (!isObject(given) || given instanceof vscode.Uri || typeof given.uri !== "string") {
    return undefined;
  }
  return isOfLine && given.line === undefined && given.text === undefined
    ? undefined
    : (given as unknown as SessionsOfFileParams);
}

/** The file that a menu or a lens names, or that of the active editor. */
export function fileIn(given: unknown): Question | undefined {
  const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === "file" ? { uri } : undefined;
}

/** The line beside whose number a menu was opened, or that of the cursor. */
export function lineIn(given: unknown): Question | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== "file") {
    return undefined;
  }
  const { document, selection } = editor;
  const isInMargin = isObject(given) && typeof given.lineNumber === "number";
  const number = isInMargin ? Number(given.lineNumber) - 1 : selection.active.line;
  const isThere = number >= 0 && number < document.lineCount;
  const text = isThere ? document.lineAt(number).text : undefined;
  return { uri: document.uri, line: { number, text } };
}

export function paramsOf({ uri, line }: Question): SessionsOfFileParams {
  const text = line?.text;
  return {
    uri: uri.toString(),
    ...(line && { line: line.number, ...(text !== undefined && { text }) }),
  };
}

export function titleOf({ uri, line }: Question): string {
  const { t } = vscode.l10n;
  const file = vscode.workspace.asRelativePath(uri);
  return line
    ? t("Sessions That Wrote Line {0} of {1}", line.number + 1, file)
    : t("Sessions of {0}", file);
}

/** Why there is no answer, as far as that is known. */
export function nothingFound({ uri, line }: Question, isComplete: boolean): string {
  const { t } = vscode.l10n;
  const file = vscode.workspace.asRelativePath(uri);
  const found = line
    ? t("No session is known that wrote line {0} of {1}.", line.number + 1, file)
    : t("No session is known that edited {0}.", file);
  if (!isComplete) {
    return `${found} ${t("The index of sessions is still being built: try again soon.")}`;
  }
  return line && isCommon(line.text)
    ? `${found} ${t("A line as short as this stands in too many files.")}`
    : found;
}

/** Whether so little text says nothing of who wrote the line. */
function isCommon(text = ""): boolean {
  return (text.match(/[\p{L}\p{N}]/gu)?.length ?? 0) < FEWEST_CHARACTERS;
}
