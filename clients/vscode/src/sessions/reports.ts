/** Reports as read-only documents, for as long as the window is open. */

import * as vscode from "vscode";

const SCHEME = "hfs-report";
const MOST_KEPT = 20;

export class Reports implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration: vscode.Disposable;
  private count = 0;

  constructor() {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  /** Opens the text, which is Markdown, in a tab of this title. */
  async show(title: string, text: string): Promise<void> {
    const path = `/${++this.count}/${title}.md`;
    const uri = vscode.Uri.from({ scheme: SCHEME, path });
    this.texts.set(uri.toString(), text);
    const [oldest] = this.texts.keys();
    if (oldest && this.texts.size > MOST_KEPT) {
      this.texts.delete(oldest);
    }
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string | undefined {
    return this.texts.get(uri.toString());
  }

  dispose(): void {
    this.registration.dispose();
  }
}
