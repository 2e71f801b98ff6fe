/** What a command can be given, by a menu, a key or another extension. */

import * as vscode from "vscode";
import type { Format, ListSessionsParams } from "./server/protocol";
import type { OpenMode } from "./sessions/exporting";
import type { ImportOptions } from "./sessions/importing";
import type { MessagePlace } from "./sessions/messagePlace";
import { SessionRow } from "./sessions/rows";

/** The argument of the commands for one session; what is missing is asked for. */
export interface SessionArgument {
  sessionId?: number;
  /** The session's name, as far as it is known, for its tab. */
  name?: string;
  format?: Format;
  destination?: string | vscode.Uri;
  overwrite?: boolean;
  /** Whether secrets are replaced by markers. */
  redact?: boolean;
  redactAlso?: ("mail" | "home")[];
  open?: OpenMode;
  preview?: boolean;
  /** The number of the message to go to, from 1. */
  message?: number;
}

/** How a session is opened that a person has chosen. */
export interface Opening {
  preview?: boolean;
  place?: MessagePlace | undefined;
}

export interface ImportArgument {
  uris: vscode.Uri[];
  options?: ImportOptions;
}

export interface ToolsArgument {
  tools: string[];
  options?: ImportOptions;
}

/** A session that a person has chosen just now. */
export class Chosen {
  constructor(
    readonly session: { id: number; name?: string },
    readonly opening: Opening = {},
  ) {}
}

/** What is known of the session, from a row, a choice, or the object that a caller gave. */
export function sessionArgument(
  given: unknown,
): SessionArgument & { session?: { id: number; name?: string }; place?: MessagePlace | undefined } {
  if (given instanceof Chosen) {
    return { sessionId: given.session.id, session: given.session, ...given.opening };
  }
  if (given instanceof SessionRow) {
    return { sessionId: given.session.id, session: given.session };
  }
  if (!isObject(given)) {
    return {};
  }
  const argument: SessionArgument = given;
  const { sessionId, message, name } = argument;
  const place = message === undefined ? undefined : { message };
  return sessionId === undefined
    ? argument
    : { ...argument, place, session: { id: sessionId, ...(name && { name }) } };
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
  return files && { ...files, options: importOptions(given) };
}

/** The tools to import from: ids, or an object with `tools`. */
export function toolsArgument(given: unknown): ToolsArgument | undefined {
  if (Array.isArray(given)) {
    return { tools: given.map(String) };
  }
  const tools = isObject(given) ? toolsArgument(given.tools) : undefined;
  return tools && isObject(given) ? { ...tools, options: importOptions(given) } : undefined;
}

/** What the object says of how to import; the server checks the values. */
function importOptions(given: Record<string, unknown>): ImportOptions {
  const names = ["name", "format", "onConflict", "dryRun"];
  return Object.fromEntries(Object.entries(given).filter(([key]) => names.includes(key)));
}

/** The page that a caller asks for, or undefined for a person who wants to choose. */
export function listArgument(given: unknown): ListSessionsParams | undefined {
  return isObject(given) && !(given instanceof vscode.Uri) ? given : undefined;
}

function uriOf(text: string): vscode.Uri {
  // A drive letter is no scheme.
  return /^[a-z][a-z0-9+.-]+:/i.test(text) ? vscode.Uri.parse(text, true) : vscode.Uri.file(text);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
