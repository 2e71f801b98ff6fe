/** Sessions as read-only files of the scheme `hfs:`, which follow the store. */

import * as vscode from "vscode";
import { type Failure, failureFrom } from "../errors";
import type { Server } from "../server/client";
import { FORMATS, type Format } from "../server/protocol";
import { tabName } from "../text";
import { SessionText } from "./text";

export const SCHEME = "hfs";

/** The session that a document shows. */
export function sessionIdOf(uri: vscode.Uri): number {
  return Number(/^\/sessions\/(-?\d+)/.exec(uri.path)?.[1]);
}

/** The session that a document shows, with the name that its tab has. */
export function sessionOf(uri: vscode.Uri): { id: number; name?: string } {
  const name = /^\/sessions\/[^/]+\/(.+)\.(?:md|json)$/.exec(uri.path)?.[1];
  return { id: sessionIdOf(uri), ...(name !== undefined && { name }) };
}

const DOCUMENT = /^\/sessions\/-?\d{1,19}(\/[^/]*)?\.(md|json)$/;
const FOLDER = /^\/(sessions\/?(-?\d{1,19}\/?)?)?$/;

/** Serves the documents by itself, so that one opened before the server runs starts it. */
export class Documents implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;
  private readonly failed = new vscode.EventEmitter<{ uri: vscode.Uri; failure: Failure }>();
  /** Of a document only the beginning could be shown. */
  readonly onDidFail = this.failed.event;
  private readonly texts = new Map<string, SessionText>();
  private readonly watched = new Map<string, number>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly server: Server) {
    const options = { isReadonly: true, isCaseSensitive: true };
    this.subscriptions = [
      vscode.workspace.registerFileSystemProvider(SCHEME, this, options),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.forget(uri)),
      server.onDidChangeSessions(() => this.refresh()),
    ];
  }

  /** The document of a session; its name is only there to be read in the tab. */
  uriFor(session: { id: number; name?: string }, format: Format): vscode.Uri {
    const suffix = FORMATS[format];
    const folder = `/sessions/${session.id}/`;
    // The id of a session that is gone may be that of another one now.
    const isSame = (uri: vscode.Uri) =>
      uri.scheme === SCHEME &&
      uri.path.startsWith(folder) &&
      uri.path.endsWith(suffix) &&
      !this.texts.get(uri.toString())?.isGone;
    const name = tabName(session.name ?? vscode.l10n.t("Session {0}", session.id));
    const path = `${folder}${name}${suffix}`;
    const shown = shownUris().find(isSame);
    return shown?.with({ fragment: "" }) ?? vscode.Uri.from({ scheme: SCHEME, path });
  }

  /** Whether there is more of the document to come. */
  isLoading(uri: vscode.Uri): boolean {
    return this.texts.get(uri.toString())?.isBusy ?? false;
  }

  /** The document, open in the editor's memory. Raises Failure, as VS Code's own opening cannot. */
  async open(uri: vscode.Uri): Promise<vscode.TextDocument> {
    try {
      await this.textOf(uri).ready();
      return await vscode.workspace.openTextDocument(uri);
    } catch (error) {
      this.forget(uri);
      throw error;
    }
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const isDocument = DOCUMENT.test(uri.path);
    if (!isDocument && !FOLDER.test(uri.path)) {
      throw vscode.FileSystemError.FileNotFound(uri);
    }
    const text = this.texts.get(uri.toString());
    if (text?.isGone) {
      // VS Code says so in the tab, and leaves the text there.
      throw vscode.FileSystemError.FileNotFound(uri);
    }
    return {
      type: isDocument ? vscode.FileType.File : vscode.FileType.Directory,
      ctime: 0,
      mtime: text?.mtime ?? 0,
      size: Buffer.byteLength(text?.text ?? ""),
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    if (!DOCUMENT.test(uri.path)) {
      throw vscode.FileSystemError.FileNotFound(uri);
    }
    const text = this.textOf(uri);
    try {
      // What a person has cancelled is not loaded because VS Code reads it again.
      if (text.text === undefined) {
        await text.ready();
      }
    } catch (error) {
      const { kind, message } = failureFrom(error);
      this.forget(uri);
      throw kind === "sessionNotFound"
        ? vscode.FileSystemError.FileNotFound(message)
        : vscode.FileSystemError.Unavailable(message);
    }
    text.wasRead();
    return Buffer.from(text.text ?? "");
  }

  /** What VS Code shows of the folder: the documents that are open. */
  readDirectory(uri: vscode.Uri): [string, vscode.FileType][] {
    const folder = `${uri.path.replace(/\/$/, "")}/`;
    const names = [...this.texts.keys()]
      .map((key) => vscode.Uri.parse(key).path)
      .filter((path) => path.startsWith(folder))
      .map((path) => path.slice(folder.length).split("/"));
    return names.map(([name = "", ...more]) => [
      name,
      more.length > 0 ? vscode.FileType.Directory : vscode.FileType.File,
    ]);
  }

  watch(uri: vscode.Uri): vscode.Disposable {
    const key = uri.toString();
    this.watched.set(key, (this.watched.get(key) ?? 0) + 1);
    return new vscode.Disposable(() => {
      const count = (this.watched.get(key) ?? 1) - 1;
      if (count > 0) {
        this.watched.set(key, count);
      } else {
        this.watched.delete(key);
        this.forget(uri);
      }
    });
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  refresh(): void {
    for (const [key, text] of this.texts) {
      this.forget(vscode.Uri.parse(key));
      if (this.texts.has(key)) {
        text.follow();
      }
    }
  }

  dispose(): void {
    for (const text of this.texts.values()) {
      text.dispose();
    }
    vscode.Disposable.from(...this.subscriptions, this.changed, this.failed).dispose();
  }

  private textOf(uri: vscode.Uri): SessionText {
    const key = uri.toString();
    const known = this.texts.get(key);
    if (known) {
      return known;
    }
    const onDidChange = (type: vscode.FileChangeType) => this.changed.fire([{ type, uri }]);
    const onDidFail = (failure: Failure) => this.failed.fire({ uri, failure });
    const text = new SessionText(this.server, uri, onDidChange, onDidFail);
    this.texts.set(key, text);
    return text;
  }

  /** Keeps no text that nobody looks at. */
  private forget(uri: vscode.Uri): void {
    const key = uri.toString();
    const text = this.texts.get(key);
    const isOpen = vscode.workspace.textDocuments.some(
      (document) => !document.isClosed && document.uri.toString() === key,
    );
    if (text && !text.isBusy && !isOpen && !this.watched.has(key)) {
      text.dispose();
      this.texts.delete(key);
    }
  }
}

/** The documents that are open, and those of tabs that VS Code has not loaded yet. */
function shownUris(): vscode.Uri[] {
  const inputs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ input }) => input));
  return [
    ...vscode.workspace.textDocuments.map(({ uri }) => uri),
    ...inputs.flatMap((input) => (input instanceof vscode.TabInputText ? [input.uri] : [])),
  ];
}
