/** Links within a session: from a tool call to its result and back, and to other sessions. */

import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import type { Documents } from "../sessions/documents";
import { fragmentFor } from "../sessions/messagePlace";
import { isSession, LINES_PER_TURN, MARKDOWN, partsIn } from "./sessionMarkdown";
import { unescaped } from "./words";

/** A link as the export writes it, with the name of the session. */
const SESSION =
  /\[((?:[^\]\\]|\\.)*)\]\(hfs:\/sessions\/(-?\d{1,19})\.md(?:#message-(\d{1,9}))?\)/g;

export class PartLinks implements vscode.DocumentLinkProvider {
  static register(documents: Documents): vscode.Disposable {
    return vscode.languages.registerDocumentLinkProvider(MARKDOWN, new PartLinks(documents));
  }

  private constructor(private readonly documents: Documents) {}

  async provideDocumentLinks(
    document: vscode.TextDocument,
    token: vscode.CancellationToken,
  ): Promise<vscode.DocumentLink[]> {
    if (!isSession(document)) {
      return [];
    }
    return [...(await resultLinks(document)), ...(await this.sessionLinks(document, token))];
  }

  /** To subagents, and back to the session that started this one, each in its own tab. */
  private async sessionLinks(document: vscode.TextDocument, token: vscode.CancellationToken) {
    const links: vscode.DocumentLink[] = [];
    for (let line = 0; line < document.lineCount && !token.isCancellationRequested; line++) {
      for (const { index, 1: name = "", 2: id, 3: message } of document
        .lineAt(line)
        .text.matchAll(SESSION)) {
        const range = new vscode.Range(line, index + 1, line, index + 1 + name.length);
        const uri = this.documents.uriFor({ id: Number(id), name: unescaped(name) }, "markdown");
        const fragment = message === undefined ? "" : fragmentFor(Number(message));
        links.push(link(range, uri.with({ fragment }), vscode.l10n.t("Open the session")));
      }
      if (line % LINES_PER_TURN === LINES_PER_TURN - 1) {
        await setImmediate();
      }
    }
    return links;
  }
}

/** From the name of the tool to the number of the result, and from there to the call. */
async function resultLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
  const { parts } = await partsIn(document);
  const calls = parts.flatMap((part) => part.parts).filter(({ kind }) => kind === "call");
  return calls.flatMap((call) =>
    call.parts.flatMap((result, n) => [
      ...(n === 0 ? linkIn(document, call.line, /(?<=<strong>)[^<]+/, result.line) : []),
      ...linkIn(document, result.line, /\d+\. Result/, call.line),
    ]),
  );
}

/** A link on the words of a line, to another line. */
function linkIn(document: vscode.TextDocument, line: number, words: RegExp, target: number) {
  const match = words.exec(document.lineAt(line).text);
  if (!match) {
    return [];
  }
  const range = new vscode.Range(line, match.index, line, match.index + match[0].length);
  const text =
    target > line ? vscode.l10n.t("Go to the result") : vscode.l10n.t("Go to the tool call");
  return [link(range, document.uri.with({ fragment: `L${target + 1}` }), text)];
}

function link(range: vscode.Range, target: vscode.Uri, tooltip: string): vscode.DocumentLink {
  const found = new vscode.DocumentLink(range, target);
  found.tooltip = tooltip;
  return found;
}
