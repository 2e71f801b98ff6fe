/** A session to a file, and the file to where the user reads it. */

import { dirname } from "node:path";
import * as vscode from "vscode";
import { LARGEST_TAB } from "../limits";
import { type Button, show } from "../messages";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import { machine, workspaceFolder } from "../server/finder";
import { expandedPath } from "../server/places";
import { EXPORT, type ExportParams, type ExportResult, type Format } from "../server/protocol";
import { LONGEST_TITLE, shortened, size } from "../text";

export type OpenMode = "editor" | "preview" | "none";

export interface ExportRequest {
  sessionId: number;
  /** The session's name, for its progress. */
  name?: string | undefined;
  format: Format;
  destination?: string | vscode.Uri | undefined;
  overwrite?: boolean | undefined;
}

/** Writes the file, with progress that can be cancelled. Raises Failure. */
export async function exportToFile(server: Server, request: ExportRequest): Promise<ExportResult> {
  const { sessionId, name, format, destination, overwrite = false } = request;
  const params: ExportParams = { sessionId, format, overwrite };
  if (destination !== undefined && destination !== "") {
    params.destination = destinationUri(destination).toString();
  }
  const title =
    name === undefined
      ? vscode.l10n.t("Exporting session {0}", sessionId)
      : vscode.l10n.t("Exporting “{0}”", shortened(name, LONGEST_TITLE));
  return withPercentage(title, (token, onPercent) =>
    server.request(EXPORT, params, { token, onPercent: (percent) => onPercent(percent) }),
  );
}

/** Opens the file as the setting says; gives whether it did. */
export async function openExport(result: ExportResult, mode: OpenMode): Promise<boolean> {
  if (mode === "none" || result.bytes > LARGEST_TAB) {
    return false;
  }
  const uri = vscode.Uri.parse(result.uri, true);
  if (mode === "preview" && result.format === "markdown") {
    await openPreview(uri);
  } else {
    await vscode.window.showTextDocument(uri, { preview: false });
  }
  return true;
}

/** Says where the file is. */
export function announceExport(result: ExportResult, opened: boolean, mode: OpenMode): void {
  const uri = vscode.Uri.parse(result.uri, true);
  const { t } = vscode.l10n;
  const file = uri.path.split("/").at(-1) ?? uri.fsPath;
  const isTooLarge = !opened && mode !== "none";
  const message = isTooLarge
    ? t("Exported to {0} ({1}), which is too large for a tab.", file, size(result.bytes))
    : t("Exported to {0} ({1}).", file, size(result.bytes));
  const buttons: Button[] = [];
  if (!opened && !isTooLarge) {
    buttons.push({ title: t("Open"), run: () => vscode.window.showTextDocument(uri) });
  }
  if (result.format === "markdown" && !isTooLarge && !(opened && mode === "preview")) {
    buttons.push({ title: t("Open Preview"), run: () => openPreview(uri) });
  }
  buttons.push({ title: t("Reveal"), run: () => reveal(uri) });
  show(vscode.window.showInformationMessage, message, buttons);
}

export function openPreview(uri: vscode.Uri): Thenable<unknown> {
  return vscode.commands.executeCommand("markdown.showPreview", uri);
}

/** Shows the file among its neighbours: in the system's file manager, or as near as one can get. */
async function reveal(uri: vscode.Uri): Promise<void> {
  const isRemote = vscode.env.remoteName !== undefined || vscode.env.uiKind === vscode.UIKind.Web;
  if (!isRemote) {
    await vscode.commands.executeCommand("revealFileInOS", uri);
  } else if (vscode.workspace.getWorkspaceFolder(uri)) {
    await vscode.commands.executeCommand("revealInExplorer", uri);
  } else {
    // No file manager of this machine sees the other one's files.
    await vscode.env.clipboard.writeText(uri.fsPath);
    vscode.window.showInformationMessage(
      vscode.l10n.t("The file is in {0}; its path is in the clipboard.", dirname(uri.fsPath)),
    );
  }
}

function destinationUri(destination: string | vscode.Uri): vscode.Uri {
  if (typeof destination !== "string") {
    return destination;
  }
  if (/^file:/i.test(destination)) {
    return vscode.Uri.parse(destination, true);
  }
  return vscode.Uri.file(expandedPath(machine, destination, workspaceFolder()));
}
