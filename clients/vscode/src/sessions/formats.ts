/** The formats of exports, for a person who chooses one. */

import * as vscode from "vscode";
import { FORMATS, type Format } from "../server/protocol";

export interface FormatRow extends vscode.QuickPickItem {
  format: Format;
}

export function formatRows(): FormatRow[] {
  const { t } = vscode.l10n;
  const words: Record<Format, [label: string, detail: string, icon: string]> = {
    markdown: [t("Markdown"), t("To read in an editor, and to paste elsewhere"), "markdown"],
    html: [t("HTML"), t("One page to read in a browser, to print and to send"), "globe"],
    json: [t("JSON"), t("To keep, and to import again"), "json"],
  };
  return (Object.keys(FORMATS) as Format[]).map((format) => {
    const [label, detail, icon] = words[format];
    return { format, label: `$(${icon}) ${label}`, description: FORMATS[format], detail };
  });
}

/** The format that a person chooses, or undefined. */
export async function pickFormat(): Promise<Format | undefined> {
  const placeHolder = vscode.l10n.t("Export the session as what?");
  return (await vscode.window.showQuickPick(formatRows(), { placeHolder }))?.format;
}
