/** The settings, as the server is started with them. */

import * as vscode from "vscode";
import { annotates } from "../authorship/annotations";
import { ownFailure } from "../errors";
import { understandsSessionFiles } from "../sessionFiles/openFiles";
import type { Launch } from "./client";
import { find, machine, workspaceFolder } from "./finder";
import { expanded, expandedPath, storePlace } from "./places";
import { addressOfWorkspace, serverEnvironment } from "./projects";

/** Everything that the server is started with, as the settings are now. */
export async function prepare(
  context: vscode.ExtensionContext,
  log: Pick<vscode.LogOutputChannel, "info" | "logLevel">,
): Promise<Launch> {
  const settings = vscode.workspace.getConfiguration("hfs");
  requireOwnAddresses(settings);
  const whole = (name: string, resolved: typeof expandedPath) => {
    const text = settings.get<string>(name, "").trim();
    return text === "" ? undefined : resolved(machine, text, workspaceFolder());
  };
  const isVerbose = log.logLevel > 0 && log.logLevel <= vscode.LogLevel.Debug;
  return {
    server: await find(context, log),
    args: settings.get<string[]>("server.args", []),
    env: serverEnvironment(settings, process.env),
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

/** Raises Failure if the workspace names a server for the store; no other store is used instead. */
function requireOwnAddresses(settings: vscode.WorkspaceConfiguration): void {
  const name = addressOfWorkspace(settings, (text) => expanded(machine, text, workspaceFolder()));
  if (name !== undefined) {
    throw ownFailure(
      "serverUnusable",
      vscode.l10n.t(
        "The setting {0} of this workspace has the address of a store. An address counts in your user settings only; no other store is used.",
        `hfs.${name}`,
      ),
    );
  }
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
