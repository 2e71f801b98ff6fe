/** From a session in the editor to the workspace's files that it speaks of. */

import { realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import { isSession, MARKDOWN } from "../sessionTab/sessionMarkdown";
import { type Disk, type Folder, fragmentOf, type Place, WorkspacePaths } from "./workspacePaths";

const LINES_PER_TURN = 2000;
const MOST_LINKS = 20_000;

const disk: Disk = {
  platform: process.platform,
  home: homedir(),
  realFile: (path) => {
    try {
      return statSync(path).isFile() ? realpathSync.native(path) : undefined;
    } catch {
      return undefined;
    }
  },
};

/** Links in the editor: of `hfs:` documents, and of exported files. */
export class Links implements vscode.DocumentLinkProvider {
  static register(): vscode.Disposable {
    return vscode.languages.registerDocumentLinkProvider(MARKDOWN, new Links());
  }

  async provideDocumentLinks(
    document: vscode.TextDocument,
    token: vscode.CancellationToken,
  ): Promise<vscode.DocumentLink[]> {
    const links: vscode.DocumentLink[] = [];
    if (!isSession(document)) {
      return links;
    }
    const paths = workspacePaths();
    for (let line = 0; line < document.lineCount && links.length < MOST_LINKS; line++) {
      for (const { start, end, place } of paths.mentionsIn(document.lineAt(line).text)) {
        links.push(linkTo(new vscode.Range(line, start, line, end), place));
      }
      if (line % LINES_PER_TURN === 0) {
        // Others of this process get their turn.
        await setImmediate();
        if (token.isCancellationRequested) {
          break;
        }
      }
    }
    return links;
  }
}

function linkTo(range: vscode.Range, place: Place): vscode.DocumentLink {
  const target = vscode.Uri.file(place.path).with({ fragment: fragmentOf(place) });
  const link = new vscode.DocumentLink(range, target);
  link.tooltip = vscode.l10n.t("Open {0}", vscode.workspace.asRelativePath(place.path));
  return link;
}

/** What finds the files of the workspace as it is now. */
export function workspacePaths(): WorkspacePaths {
  const folders = (vscode.workspace.workspaceFolders ?? []).flatMap(({ name, uri }): Folder[] => {
    try {
      const path = uri.fsPath;
      return uri.scheme === "file" ? [{ name, path, realPath: realpathSync.native(path) }] : [];
    } catch {
      return [];
    }
  });
  return new WorkspacePaths(disk, folders);
}
