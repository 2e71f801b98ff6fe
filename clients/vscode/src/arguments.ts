/** What a command can be given, by a menu, a key or another extension. */

import * as vscode from "vscode";
import type { Format, ListSessionsParams } from "./server/protocol";
import type { OpenMode } from "./sessions/exporting";
import { SessionRow } from "./sessions/view";

/** The argument of the commands for one session; what is missing is asked for. */
export interface SessionArgument {
  sessionId?: number;
  format?: Format;
  destination?: string | vscode.Uri;
  overwrite?: boolean;
  open?: OpenMode;
  preview?: boolean;
}

export interface ImportArgument {
  uris: vscode.Uri[];
  name?: string;
}

/** A session that a person has chosen just now. */
export class Chosen {
  constructor(readonly session: { id: number; name?: string }) {}
}

/** What is known of the session, from a row, a choice, or the object that a caller gave. */
export function sessionArgument(
  given: unknown,
): SessionArgument & { session?: { id: number; name?: string } } {
  if (given instanceof SessionRow || given instanceof Chosen) {
    return { sessionId: given.session.id, session: given.session };
  }
  if (!isObject(given)) {
    return {};
  }
  const argument: SessionArgument = given;
  const { sessionId } = argument;
  return sessionId === undefined ? argument : { ...argument, session: { id: sessionId } };
}

/** Whether failures are shown to a person at the keyboard, not returned to the caller. */
export function isAttended(given: unknown, argument: SessionArgument): boolean {
  const isChoice = given instanceof SessionRow || given instanceof Chosen;
  return isChoice || argument.sessionId === undefined;
}

/** The files to import: a URI, a path, several of them, or an object with `uri` or `uris`. */
export function importArgument(given: unknown): ImportArgument | undefined {
  if (given instanceof vscode.Uri) {
    return { uris: [given] };
  }
  if (typeof given === "string") {
    return { uris: [uriOf(given)] };
  }
  if (Array.isArray(given)) {
    return { uris: given.flatMap((one) => importArgument(one)?.uris ?? []) };
  }
  if (!isObject(given)) {
    return undefined;
  }
  const files = importArgument(given.uris ?? given.uri);
  const { name } = given;
  return files && { ...files, ...(typeof name === "string" && { name }) };
}

/** The page that a caller asks for, or undefined for a person who wants to choose. */
export function listArgument(given: unknown): ListSessionsParams | undefined {
  return isObject(given) && !(given instanceof vscode.Uri) ? given : undefined;
}

function uriOf(text: string): vscode.Uri {
  // A drive letter is no scheme.
  return /^[a-z][a-z0-9+.-]+:/i.test(text) ? vscode.Uri.parse(text, true) : vscode.Uri.file(text);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
