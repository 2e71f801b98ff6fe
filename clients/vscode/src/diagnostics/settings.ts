/** The settings that are not the defaults, for a bug report. */

import * as vscode from "vscode";
import { shownSetting } from "../server/address";

/** Each setting that someone set, with its values and where they are set. */
export function settingLines(properties: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(properties).flatMap((name) => {
    const found = vscode.workspace.getConfiguration().inspect<unknown>(name);
    const values: [string, unknown][] = [
      ["user", found?.globalValue],
      ["workspace", found?.workspaceValue],
      ["folder", found?.workspaceFolderValue],
    ];
    return values
      .filter(([, value]) => value !== undefined)
      .map(([where, value]) => `- ${name} (${where}): ${shown(name, value)}`);
  });
}

/** Environment variables may hold keys, and addresses passwords: that they are set is enough. */
function shown(name: string, value: unknown): string {
  const isSecret = name === "hfs.server.env" && typeof value === "object" && value !== null;
  return isSecret ? `sets ${Object.keys(value).join(", ")}` : JSON.stringify(shownSetting(value));
}
