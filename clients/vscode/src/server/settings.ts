/** The settings, as the server is started with them. */

import * as vscode from "vscode";
import { annotates } from "../authorship/annotations";
import { understandsSessionFiles } from "../sessionFiles/openFiles";
import type { Launch } from "./client";
import { find, machine, workspaceFolder } from "./finder";
import { expandedPath, storePlace } from "./places";

/** Everything that the server is started with, as the settings are now. */
export async function prepare(
  context: vscode.ExtensionContext,
  log: Pick<vscode.LogOutputChannel, "info" | "logLevel">,
): Promise<Launch> {
  const settings = vscode.workspace.getConfiguration("hfs");
  const whole = (name: string, resolved: typeof expandedPath) => {
    const text = settings.get<string>(name, "").trim();
    return text === "" ? undefined : resolved(machine, text, workspaceFolder());
  };
  const isVerbose = log.logLevel > 0 && log.logLevel <= vscode.LogLevel.Debug;
  return {
    server: await find(context, log),
    args: settings.get<string[]>("server.args", []),
    env: { ...process.env, ...settings.get<Record<string, string>>("server.env", {}) },
    // Not the workspace: Python would take modules from there.
    cwd: machine.home,
    initializationOptions: {
      databasePath: whole("databasePath", storePlace),
      exportDirectory: whole("exportDirectory", expandedPath),
      logLevel: isVerbose ? "debug" : "info",
      keep: keptTools(),
      annotate: annotates(),
      sessionFiles: understandsSessionFiles(),
    },
  };
}

/** The tools to keep, or undefined if no setting says so and the environment counts. */
export function keptTools(): string[] | undefined {
  const configuration = vscode.workspace.getConfiguration("hfs");
  const { globalValue, workspaceValue, workspaceFolderValue } = configuration.inspect("keep") ?? {};
  const values = [globalValue, workspaceValue, workspaceFolderValue];
  return values.some((value) => value !== undefined)
    ? configuration.get<string[]>("keep", [])
    : undefined;
}
