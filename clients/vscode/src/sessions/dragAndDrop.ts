/** What can be dropped on the view, which imports it, and what a session is that is dragged away. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { type Documents, SCHEME } from "./documents";
import { sessionsOf } from "./rows";

const URIS = "text/uri-list";
const FILES = "files";

export class DragAndDrop
  implements vscode.TreeDragAndDropController<vscode.TreeItem>, vscode.Disposable
{
  readonly dragMimeTypes = [URIS];
  readonly dropMimeTypes = [URIS, FILES];
  private readonly folders: string[] = [];

  constructor(private readonly documents: Pick<Documents, "uriFor">) {}

  /** Gives the sessions as documents, which an editor opens where they are dropped. */
  handleDrag(rows: readonly vscode.TreeItem[], data: vscode.DataTransfer): void {
    const uris = sessionsOf(rows).map((session) => this.documents.uriFor(session, "markdown"));
    if (uris.length > 0) {
      const list = uris.map((uri) => uri.toString()).join("\r\n");
      data.set(URIS, new vscode.DataTransferItem(list));
    }
  }

  /** Imports files and folders, but not the view's own sessions. */
  async handleDrop(_: vscode.TreeItem | undefined, data: vscode.DataTransfer): Promise<void> {
    const listed = urisIn((await data.get(URIS)?.asString()) ?? "");
    const files = [...data].flatMap(([, item]) => item.asFile() ?? []);
    const dropped = await Promise.all(files.map((file) => file.uri ?? this.copyOf(file)));
    const all = new Map([...listed, ...dropped].map((uri) => [uri.toString(), uri]));
    const uris = [...all.values()].filter(({ scheme }) => scheme !== SCHEME);
    if (uris.length > 0) {
      await vscode.commands.executeCommand("hfs.importFile", uris[0], uris);
    }
  }

  /** Removes the copies, which a message about an import may still lead to before. */
  dispose(): void {
    for (const folder of this.folders) {
      rm(folder, { recursive: true, force: true }).catch(() => {});
    }
  }

  /** A file that a browser gives has no place on this machine. */
  private async copyOf(file: vscode.DataTransferFile): Promise<vscode.Uri> {
    const folder = await mkdtemp(join(tmpdir(), "hfs-drop-"));
    this.folders.push(folder);
    const name = basename(file.name.replaceAll("\\", "/")).replace(/^\.+$/, "");
    const path = join(folder, name || "session");
    await writeFile(path, await file.data());
    return vscode.Uri.file(path);
  }
}

/** The addresses in a list, without its comments and what is no address. */
function urisIn(list: string): vscode.Uri[] {
  return list.split(/\r?\n/).flatMap((line) => {
    try {
      return line === "" || line.startsWith("#") ? [] : [vscode.Uri.parse(line, true)];
    } catch {
      return [];
    }
  });
}
