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
import { size } from "../text";
import { titleOf } from "./labels";

export type OpenMode = "editor" | "preview" | "browser" | "none";

/** What of the secrets is replaced by markers: all of them, and others as said. */
export type Redaction = Pick<ExportParams, "redactAlso" | "redactExcept">;

export interface ExportRequest {
  sessionId: number;
  /** The session's name, for its progress. */
  name?: string | undefined;
  format: Format;
  destination?: string | vscode.Uri | undefined;
  overwrite?: boolean | undefined;
  redaction?: Redaction | undefined;
}

/** Writes the file, with progress that can be cancelled. Raises Failure. */
export async function exportToFile(server: Server, request: ExportRequest): Promise<ExportResult> {
  const { sessionId, name, format, destination, overwrite = false, redaction } = request;
  const params: ExportParams = {
    sessionId,
    format,
    overwrite,
    ...(redaction && { redact: true, ...redaction }),
  };
  if (destination !== undefined && destination !== "") {
    params.destination = destinationUri(destination).toString();
  }
  const title = vscode.l10n.t("Exporting {0}", titleOf({ id: sessionId, ...(name && { name }) }));
  return withPercentage(title, (token, onPercent) =>
    server.request(EXPORT, params, { token, onPercent: (percent) => onPercent(percent) }),
  );
}

/** Opens the file as the setting says; gives whether it did. */
export async function openExport(result: ExportResult, mode: OpenMode): Promise<boolean> {
  const uri = vscode.Uri.parse(result.uri, true);
  if (mode === "browser") {
    return openInBrowser(uri);
  }
  if (mode === "none" || result.bytes > LARGEST_TAB) {
    return false;
  }
  if (mode === "preview" && result.format === "markdown") {
    await openPreview(uri);
  } else {
    await vscode.window.showTextDocument(uri, { preview: false });
  }
  return true;
}

/** Says where the file is, and what else there is to say of it. */
export function announceExport(
  result: ExportResult,
  { opened = false, mode = "none", note }: { opened?: boolean; mode?: OpenMode; note?: string },
): void {
  const uri = vscode.Uri.parse(result.uri, true);
  const { t } = vscode.l10n;
  const file = uri.path.split("/").at(-1) ?? uri.fsPath;
  const isPage = result.format === "html";
  const isTooLarge = !opened && mode !== "none" && !isPage;
  const message = isTooLarge
    ? t("Exported to {0} ({1}), which is too large for a tab.", file, size(result.bytes))
    : t("Exported to {0} ({1}).", file, size(result.bytes));
  const buttons: Button[] = [];
  if (isPage && !opened && !isRemote()) {
    buttons.push({ title: t("Open in Browser"), run: () => openInBrowser(uri) });
  }
  if (!opened && !isTooLarge && !isPage) {
    buttons.push({ title: t("Open"), run: () => vscode.window.showTextDocument(uri) });
  }
  if (result.format === "markdown" && !isTooLarge && !(opened && mode === "preview")) {
    buttons.push({ title: t("Open Preview"), run: () => openPreview(uri) });
  }
  buttons.push({ title: t("Reveal"), run: () => reveal(uri) });
  const sentences = [message, note].filter(Boolean).join(" ");
  show(vscode.window.showInformationMessage, sentences, buttons);
}

/** Opens the page; gives whether it did. No browser of this machine sees the other one's files. */
async function openInBrowser(uri: vscode.Uri): Promise<boolean> {
  return !isRemote() && (await vscode.env.openExternal(uri));
}

function isRemote(): boolean {
  return vscode.env.remoteName !== undefined || vscode.env.uiKind === vscode.UIKind.Web;
}

export function openPreview(uri: vscode.Uri): Thenable<unknown> {
  return vscode.commands.executeCommand("markdown.showPreview", uri);
}

/** Shows the file among its neighbours: in the system's file manager, or as near as one can get. */
export async function reveal(uri: vscode.Uri): Promise<void> {
  if (!isRemote()) {
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

export function destinationUri(destination: string | vscode.Uri): vscode.Uri {
  if (typeof destination !== "string") {
    return destination;
  }
  if (/^file:/i.test(destination)) {
    return vscode.Uri.parse(destination, true);
  }
  return vscode.Uri.file(expandedPath(machine, destination, workspaceFolder()));
}
