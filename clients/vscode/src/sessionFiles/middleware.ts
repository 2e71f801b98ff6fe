/**
 * Between the language client and the server: session files, and where they are annotated, sources.
 *
 * The rule not to break: where nothing else asks for it, a document that is no session file does
 * not leave the editor, and nothing is asked about it.
 */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { isSessionFile } from "./openFiles";

type Send = (document: vscode.TextDocument) => Promise<void>;

/** The features that session files need, by their methods. */
export const SESSION_FEATURES: ReadonlySet<string> = new Set([
  "textDocument/didOpen",
  "textDocument/didChange",
  "textDocument/didSave",
  "textDocument/didClose",
  "textDocument/hover",
  "textDocument/codeLens",
  "textDocument/codeAction",
  "textDocument/documentSymbol",
  "textDocument/foldingRange",
]);

/** `rest` answers about what is sent; `sendsAll` says whether that is more than session files. */
export function sessionMiddleware(rest: Middleware, sendsAll: boolean): Middleware {
  const sent = new Set<string>();
  /** What sends a document that was no session file when it was opened. */
  const held = new Map<string, Send>();
  const isSent = ({ uri }: vscode.TextDocument) => sendsAll || sent.has(uri.toString());
  const open = async (document: vscode.TextDocument, send: Send) => {
    const key = document.uri.toString();
    if (sendsAll || isSessionFile(document)) {
      held.delete(key);
      sent.add(key);
      await send(document);
    } else {
      held.set(key, send);
    }
  };
  /** Sends a document that has become a session file; whether it was sent before. */
  const wasSent = async (document: vscode.TextDocument) => {
    const send = held.get(document.uri.toString());
    if (send) {
      await open(document, send);
    }
    return send === undefined && isSent(document);
  };
  return {
    ...rest,
    didOpen: open,
    async didChange(event, next) {
      if (await wasSent(event.document)) {
        await next(event);
      }
    },
    async didSave(document, next) {
      if (await wasSent(document)) {
        await next(document);
      }
    },
    async didClose(document, next) {
      const key = document.uri.toString();
      held.delete(key);
      if (isSent(document)) {
        sent.delete(key);
        await next(document);
      }
    },
    async provideHover(document, position, token, next) {
      const hover =
        isSent(document) && (await rest.provideHover?.(document, position, token, next));
      return hover && isSessionFile(document) ? asExported(hover) : hover || undefined;
    },
    provideCodeLenses: (document, token, next) =>
      isSent(document) ? rest.provideCodeLenses?.(document, token, next) : undefined,
    provideCodeActions: (document, range, context, token, next) =>
      isSent(document)
        ? rest.provideCodeActions?.(document, range, context, token, next)
        : undefined,
    // An empty answer would take away from other files how VS Code folds by itself.
    provideFoldingRanges: (document, context, token, next) =>
      isSessionFile(document) ? next(document, context, token) : undefined,
    provideDocumentSymbols: (document, token, next) =>
      isSessionFile(document) ? next(document, token) : undefined,
  };
}

/** The hover with what an export folds, which is the only HTML in it. */
function asExported(hover: vscode.Hover): vscode.Hover {
  for (const content of hover.contents) {
    if (content instanceof vscode.MarkdownString) {
      content.supportHtml = true;
    }
  }
  return hover;
}
