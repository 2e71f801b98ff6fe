/** From a session to one of its messages: in its tab, in its preview, and by links to both. */

import * as vscode from "vscode";
import { Chosen } from "../arguments";
import { unescaped } from "../sessionTab/words";
import { type Documents, SCHEME, sessionOf } from "./documents";
import { type Found, findMessage, fragmentFor, type MessagePlace, messageIn } from "./messagePlace";

/** Shows the document at the message; of one that is still being loaded, once it is there. */
export async function showMessage(
  documents: Documents,
  document: vscode.TextDocument,
  place: MessagePlace,
  tab: vscode.TextDocumentShowOptions,
): Promise<void> {
  const editor = await vscode.window.showTextDocument(document, tab);
  reveal(editor, findMessage(document.getText(), place));
  if (!documents.isLoading(document.uri)) {
    return;
  }
  const following = vscode.Disposable.from(
    vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document) {
        const found = findMessage(document.getText(), place);
        if (found?.message === place.message || !documents.isLoading(document.uri)) {
          reveal(editor, found);
          following.dispose();
        }
      }
    }),
    vscode.workspace.onDidCloseTextDocument((one) => one === document && following.dispose()),
    // Who goes on reading elsewhere is not taken away from there.
    vscode.window.onDidChangeTextEditorSelection(
      ({ textEditor, kind }) => textEditor === editor && kind && following.dispose(),
    ),
  );
}

function reveal(editor: vscode.TextEditor, found: Found | undefined): void {
  if (found === undefined) {
    return;
  }
  const { document } = editor;
  const range = new vscode.Range(document.positionAt(found.start), document.positionAt(found.end));
  editor.selection = new vscode.Selection(range.start, range.end);
  const { AtTop, InCenterIfOutsideViewport } = vscode.TextEditorRevealType;
  editor.revealRange(range, range.isEmpty ? AtTop : InCenterIfOutsideViewport);
}

/** The document with the fragment at which its preview begins. */
export function withMessage(document: vscode.TextDocument, place: MessagePlace): vscode.Uri {
  const found = findMessage(document.getText(), place);
  return document.uri.with({ fragment: found ? fragmentFor(found.message) : "" });
}

type Open = (session: Chosen, tab: vscode.TextDocumentShowOptions) => Promise<unknown>;

/**
 * Makes links such as `hfs:/sessions/12.md#message-7` lead to the message, and all links to a
 * session to the tab that has its name.
 */
export function followLinks(open: Open): vscode.Disposable {
  return vscode.window.onDidChangeActiveTextEditor(async (editor) => {
    const uri = editor?.document.uri;
    if (editor === undefined || uri?.scheme !== SCHEME || !uri.path.endsWith(".md")) {
      return;
    }
    const message = messageIn(uri.fragment);
    const { id, name } = sessionOf(uri);
    if (message === undefined && name !== undefined) {
      return;
    }
    const session = { id, name: name ?? nameIn(editor.document) };
    await open(new Chosen(session, message ? { place: { message } } : {}), { preview: false });
    // Older versions of VS Code know the link's tab only after its editor.
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const linked = tabs.filter(
      ({ input }) =>
        input instanceof vscode.TabInputText && input.uri.toString() === uri.toString(),
    );
    await vscode.window.tabGroups.close(linked);
  });
}

/** The name of a session, as its text begins. */
function nameIn(document: vscode.TextDocument): string {
  const [, title = ""] = /^# (.*)$/.exec(document.lineAt(0).text) ?? [];
  return unescaped(title);
}
