/**
 * What the language client has while `hfs.annotate` is on: hover, code lens and code action.
 *
 * The rule not to break: while it is off, no document leaves the editor.
 */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { ownCommand } from "../server/ownCommands";

/** The features that annotations need, by their methods. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  "textDocument/didOpen",
  "textDocument/didChange",
  "textDocument/didClose",
  "textDocument/hover",
  "textDocument/codeLens",
  "textDocument/codeAction",
]);

/** Whether the user wants annotations, in a workspace that may have them. */
export function annotates(): boolean {
  const configuration = vscode.workspace.getConfiguration("hfs");
  return vscode.workspace.isTrusted && configuration.get("annotate") === true;
}

/** A link of the server to a message. */
const LINK = /\]\(hfs:\/sessions\/(-?\d+)\/([^()\s]*)\.md#message-(\d+)\)/g;
const OPEN_COMMAND = "hfs.openSession";

/** What people see of it is the extension's: its commands, and links that VS Code follows. */
export const ANNOTATION_MIDDLEWARE: Middleware = {
  async provideHover(document, position, token, next) {
    const hover = await next(document, position, token);
    return hover && new vscode.Hover(hover.contents.map(withCommands), hover.range);
  },
  async provideCodeLenses(document, token, next) {
    const lenses = await next(document, token);
    return lenses?.map((lens) => new vscode.CodeLens(lens.range, ownCommand(lens.command)));
  },
  async provideCodeActions(document, range, context, token, next) {
    const actions = await next(document, range, context, token);
    return actions?.map((action) => {
      if (action instanceof vscode.CodeAction && action.command) {
        action.command = ownCommand(action.command);
      }
      return action;
    });
  },
};

/** The text with commands in place of links, of which VS Code follows only those of some schemes. */
function withCommands(content: vscode.MarkdownString | vscode.MarkedString) {
  if (!(content instanceof vscode.MarkdownString)) {
    return content;
  }
  const value = content.value.replace(LINK, (_, id: string, name: string, message: string) => {
    const argument = {
      sessionId: Number(id),
      name: decodeURIComponent(name),
      message: Number(message),
    };
    // encodeURIComponent leaves parentheses, which would end the link.
    const given = encodeURIComponent(JSON.stringify([argument])).replace(/[()]/g, hexadecimal);
    return `](command:${OPEN_COMMAND}?${given})`;
  });
  const text = new vscode.MarkdownString(value);
  text.isTrusted = { enabledCommands: [OPEN_COMMAND] };
  return text;
}

function hexadecimal(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
