/** Sessions as read-only `hfs:` documents, which follow the store. */

import * as vscode from "vscode";
import type { Server } from "./client";
import { type Format, TEXT_DOCUMENT_CONTENT } from "./protocol";
import { tabName } from "./text";

export const SCHEME = "hfs";

/** Serves the documents by itself, so that one opened before the server runs starts it. */
export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly loaded = new Map<string, string>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly server: Server) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      server.onDidChangeSessions(() => this.refresh()),
    ];
  }

  /** The document of a session; its name is only there to be read in the tab. */
  uriFor(session: { id: number; name?: string }, format: Format): vscode.Uri {
    const ending = format === "markdown" ? "md" : "json";
    const folder = `/sessions/${session.id}/`;
    const isSame = ({ uri }: vscode.TextDocument) =>
      uri.scheme === SCHEME && uri.path.startsWith(folder) && uri.path.endsWith(`.${ending}`);
    const name = tabName(session.name ?? vscode.l10n.t("Session {0}", session.id));
    const shown = vscode.workspace.textDocuments.find(isSame);
    return shown?.uri ?? vscode.Uri.from({ scheme: SCHEME, path: `${folder}${name}.${ending}` });
  }

  /** The document, open in the editor's memory. Raises Failure, as VS Code's own opening cannot. */
  async open(uri: vscode.Uri): Promise<vscode.TextDocument> {
    const text = await this.load(uri);
    const known = this.find(uri);
    if (known) {
      this.changed.fire(uri);
      return known;
    }
    const key = uri.toString();
    this.loaded.set(key, text);
    try {
      return await vscode.workspace.openTextDocument(uri);
    } finally {
      this.loaded.delete(key);
    }
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const text = this.loaded.get(uri.toString());
    if (text !== undefined) {
      return text;
    }
    const shown = this.find(uri)?.getText();
    if (shown !== undefined && this.server.pid === undefined) {
      // A server that died is started by people, not by what follows it.
      return shown;
    }
    try {
      return await this.load(uri);
    } catch (error) {
      // A session that was deleted, or a server that is away: what is shown stays.
      if (shown !== undefined) {
        return shown;
      }
      throw error;
    }
  }

  refresh(): void {
    for (const document of vscode.workspace.textDocuments) {
      if (document.uri.scheme === SCHEME && !document.isClosed) {
        this.changed.fire(document.uri);
      }
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changed).dispose();
  }

  private async load(uri: vscode.Uri): Promise<string> {
    return (await this.server.request(TEXT_DOCUMENT_CONTENT, { uri: uri.toString() })).text;
  }

  private find(uri: vscode.Uri): vscode.TextDocument | undefined {
    const key = uri.toString();
    return vscode.workspace.textDocuments.find((document) => document.uri.toString() === key);
  }
}
