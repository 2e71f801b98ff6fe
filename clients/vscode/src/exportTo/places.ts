/** Where an export goes that a person places: a folder, or a file. The folder of last time is first. */

import { dirname } from "node:path";
import * as vscode from "vscode";
import { ownFailure } from "../errors";
import { machine, workspaceFolder } from "../server/finder";
import { expandedPath } from "../server/places";
import { FORMATS, type Format } from "../server/protocol";
import { shortPath } from "../sessions/labels";
import { oneLine, tabName, withoutIcons } from "../text";

const LAST = "hfs.exportTo.folder";

/** A place; without a URI it is the folder that exports go to by default. */
export interface Place {
  uri?: vscode.Uri;
  /** Whether it is a file, about whose overwriting the dialog has asked. */
  isFile?: boolean;
}

interface Row extends vscode.QuickPickItem {
  place: () => Thenable<Place | undefined>;
}

/** The place that a person chooses, or undefined; only folders for several sessions. */
export async function askForPlace(
  memory: vscode.Memento,
  format: Format,
  session: { name?: string } | undefined,
): Promise<Place | undefined> {
  const { t } = vscode.l10n;
  const last = await lastFolder(memory);
  const rows = [
    ...(last ? [folderRow("history", last, t("As last time"))] : []),
    ...workspaceRows(last),
    defaultRow(),
    { label: `$(folder) ${t("To a Folder…")}`, place: askForFolder },
    ...(session
      ? [{ label: `$(file) ${t("To a File…")}`, place: () => askForFile(format, session) }]
      : []),
  ];
  const placeHolder = session ? t("Export the session to where?") : t("Export them to where?");
  const place = await (await vscode.window.showQuickPick<Row>(rows, { placeHolder }))?.place();
  if (place?.uri && place.uri.scheme !== "file") {
    throw ownFailure(
      "notPossible",
      t("hfs-server writes only to the machine that it runs on. Choose a folder there."),
    );
  }
  return place;
}

/** Offers the folder of this file first, the next time. */
export async function remember(memory: vscode.Memento, file: vscode.Uri): Promise<void> {
  await memory.update(LAST, vscode.Uri.file(dirname(file.fsPath)).toString());
}

async function lastFolder(memory: vscode.Memento): Promise<vscode.Uri | undefined> {
  const last = memory.get<string>(LAST);
  if (last === undefined) {
    return undefined;
  }
  const uri = vscode.Uri.parse(last);
  const stat = await Promise.resolve(vscode.workspace.fs.stat(uri)).catch(() => undefined);
  return stat && stat.type & vscode.FileType.Directory ? uri : undefined;
}

function workspaceRows(last: vscode.Uri | undefined): Row[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders
    .filter(({ uri }) => uri.scheme === "file" && uri.fsPath !== last?.fsPath)
    .map(({ uri }) => folderRow("root-folder", uri, vscode.l10n.t("A folder of the workspace")));
}

function folderRow(icon: string, uri: vscode.Uri, detail: string): Row {
  const label = `$(${icon}) ${withoutIcons(shortPath(uri.fsPath))}`;
  return { label, detail, place: async () => ({ uri }) };
}

function defaultRow(): Row {
  const { t } = vscode.l10n;
  const set = vscode.workspace.getConfiguration("hfs").get<string>("exportDirectory", "");
  const path = set === "" ? "" : shortPath(expandedPath(machine, set, workspaceFolder()));
  return {
    label: `$(save) ${t("To the Default Folder")}`,
    detail: withoutIcons(oneLine(path)) || t("That of HFS_EXPORT_DIR, else ~/.hfs/exports"),
    place: async () => ({}),
  };
}

async function askForFolder(): Promise<Place | undefined> {
  const folders = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    title: vscode.l10n.t("Export to a Folder"),
    openLabel: vscode.l10n.t("Export"),
  });
  return folders?.[0] && { uri: folders[0] };
}

async function askForFile(format: Format, { name }: { name?: string }): Promise<Place | undefined> {
  const { t } = vscode.l10n;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(machine.home);
  const uri = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, `${tabName(name ?? "")}${FORMATS[format]}`),
    title: t("Export to a File"),
    saveLabel: t("Export"),
    filters: { [t("Exports")]: [FORMATS[format].slice(1)] },
  });
  return uri && { uri, isFile: true };
}
