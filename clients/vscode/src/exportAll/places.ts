/** Where all sessions are exported to: a folder or an archive that a person chooses. */

import { homedir } from "node:os";
import * as vscode from "vscode";
import { shortPath } from "../sessions/labels";

const LAST = "hfs.exportAll.destination";

/** The folder or the archive, or undefined. The one of last time is offered first. */
export async function askForPlace(memory: vscode.Memento): Promise<vscode.Uri | undefined> {
  const { t } = vscode.l10n;
  const last = memory.get<string>(LAST);
  const known = last === undefined ? undefined : vscode.Uri.parse(last);
  const rows = [
    ...(known
      ? [
          {
            label: `$(history) ${shortPath(known.fsPath)}`,
            detail: t("As last time: only what has changed is written"),
            ask: async () => known as vscode.Uri | undefined,
          },
        ]
      : []),
    {
      label: `$(folder) ${t("To a Folder…")}`,
      detail: t("A file for each session; the folder can be under Git, or shared"),
      ask: askForFolder,
    },
    {
      label: `$(archive) ${t("To an Archive…")}`,
      detail: t("One zip file"),
      ask: askForArchive,
    },
  ];
  const placeHolder = t("Export all sessions as JSON, to keep them and to import them again");
  const place = await (await vscode.window.showQuickPick(rows, { placeHolder }))?.ask();
  if (place) {
    await memory.update(LAST, place.toString());
  }
  return place;
}

async function askForFolder(): Promise<vscode.Uri | undefined> {
  const folders = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    title: vscode.l10n.t("Export All Sessions to a Folder"),
    openLabel: vscode.l10n.t("Export"),
  });
  return folders?.[0];
}

function askForArchive(): Thenable<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(vscode.Uri.file(homedir()), "hfs-sessions.zip"),
    title: vscode.l10n.t("Export All Sessions to an Archive"),
    saveLabel: vscode.l10n.t("Export"),
    filters: { [vscode.l10n.t("Archives")]: ["zip"] },
  });
}
