/** The outline of a session: what was asked, and below each prompt what came of it. */

import * as vscode from "vscode";
import { shortened } from "../text";
import type { Part } from "./parts";
import { isSession, MARKDOWN, partsIn } from "./sessionMarkdown";

/** How many messages an outline has; VS Code shows more only slowly. */
const MOST_SYMBOLS = 10_000;
const LONGEST_NAME = 80;

const { SymbolKind } = vscode;
const KINDS: Record<Part["kind"], vscode.SymbolKind> = {
  message: SymbolKind.Object,
  call: SymbolKind.Function,
  result: SymbolKind.Field,
  checkpoint: SymbolKind.Event,
  section: SymbolKind.Module,
};

/** Symbols, and folding of tool calls, of `hfs:` documents and of exported files. */
export class Outline implements vscode.DocumentSymbolProvider, vscode.FoldingRangeProvider {
  static register(): vscode.Disposable {
    const outline = new Outline();
    return vscode.Disposable.from(
      vscode.languages.registerDocumentSymbolProvider(MARKDOWN, outline),
      vscode.languages.registerFoldingRangeProvider(MARKDOWN, outline),
    );
  }

  async provideDocumentSymbols(
    document: vscode.TextDocument,
  ): Promise<vscode.DocumentSymbol[] | undefined> {
    return isSession(document) ? symbolsOf((await partsIn(document)).parts) : undefined;
  }

  async provideFoldingRanges(
    document: vscode.TextDocument,
  ): Promise<vscode.FoldingRange[] | undefined> {
    if (!isSession(document)) {
      return undefined;
    }
    const { folds } = await partsIn(document);
    return folds.flatMap(({ start, end }) => [
      // Markdown's own range for the two lines at the top would cross the other one.
      new vscode.FoldingRange(start - 1, end),
      // A region, since there are commands that fold and unfold all of them.
      new vscode.FoldingRange(start, end, vscode.FoldingRangeKind.Region),
    ]);
  }
}

/** Prompts with what follows them, which is what one looks for; then the sections. */
function symbolsOf(parts: readonly Part[]): vscode.DocumentSymbol[] {
  const found: vscode.DocumentSymbol[] = [];
  let prompt: vscode.DocumentSymbol | undefined;
  for (const part of parts.slice(0, MOST_SYMBOLS)) {
    const symbol = symbolOf(part);
    if (part.kind === "section" || isPrompt(part)) {
      prompt = part.kind === "section" ? undefined : symbol;
      found.push(symbol);
    } else if (prompt) {
      prompt.children.push(symbol);
      prompt.range = prompt.range.union(symbol.range);
    } else {
      found.push(symbol);
    }
  }
  return found;
}

export function isPrompt({ kind, title }: Part): boolean {
  return kind === "message" && title === "User";
}

function symbolOf(part: Part): vscode.DocumentSymbol {
  const range = new vscode.Range(part.line, 0, part.end, Number.MAX_SAFE_INTEGER);
  const selection = new vscode.Range(part.line, 0, part.line, 0);
  const kind = isPrompt(part) ? SymbolKind.String : KINDS[part.kind];
  const symbol = new vscode.DocumentSymbol(nameOf(part), part.detail, kind, range, selection);
  symbol.children = part.parts.map(symbolOf);
  return symbol;
}

/** A part on one line: "7. Assistant: The fix is right", "Bash: Run the tests". */
export function nameOf({ number, title, words }: Part): string {
  const name = [title, words].filter(Boolean).join(": ");
  return shortened(number === undefined ? name : `${number}. ${name}`, LONGEST_NAME) || "…";
}
