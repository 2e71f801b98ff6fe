/** Where this user's server is: the candidates of this window, and the search among them. */

import { readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { Failure, ownFailure } from "../errors";
import { limits } from "../limits";
import { type Candidate, type Found, findServer } from "./discovery";
import { run } from "./launch";
import {
  expanded,
  expandedPath,
  filesIn,
  filesNamed,
  inEnvironment,
  type Machine,
  programFolders,
  searchedFolders,
} from "./places";
import { serverEnvironment } from "./projects";
import { activePython } from "./python";
import { MINIMUM_VERSION, versionIn } from "./versions";

const PROGRAM = "hfs-server";

export const machine: Machine = {
  platform: process.platform,
  home: homedir(),
  env: process.env,
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};

/** The file that marks a complete environment. */
export const READY = "ready";

/** The folder of the extension's own environments, of which the newest complete one counts. */
export function ownFolder(context: vscode.ExtensionContext): string {
  return join(context.globalStorageUri.fsPath, "servers");
}

function ownEnvironment(context: vscode.ExtensionContext): string {
  const folder = ownFolder(context);
  const isReady = (name: string) => machine.isFile(join(folder, name, READY));
  return join(folder, machine.list(folder).sort().findLast(isReady) ?? "none");
}

export function workspaceFolder(): string | undefined {
  return vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === "file")?.uri
    .fsPath;
}

/** The server to start. Raises Failure with the best reason why there is none. */
export async function find(
  context: vscode.ExtensionContext,
  log: Pick<vscode.LogOutputChannel, "info">,
): Promise<Found> {
  const settings = vscode.workspace.getConfiguration("hfs");
  const setting = settings.get<string>("server.path", "").trim();
  const args = settings.get<string[]>("server.args", []);
  const env = serverEnvironment(settings, process.env);
  const probe = async (path: string) => {
    const command = { path, args: [...args, "--version"], env, cwd: machine.home };
    const { output, problem } = await run(command, { timeout: limits.version });
    const version = versionIn(output);
    return version ? { version } : { problem: problem ?? "it does not answer as hfs-server does" };
  };
  const report = (line: string) => log.info(`  ${line}`);
  log.info(`Looking for ${PROGRAM} ${MINIMUM_VERSION} or later:`);
  const candidates = setting === "" ? everywhere(context, report) : named(setting);
  const search = await findServer(candidates, probe, report);
  if (search.found) {
    return search.found;
  }
  if (search.tooOld) {
    throw tooOld(search.tooOld.version, search.tooOld.path);
  }
  if (setting === "") {
    throw ownFailure(
      "serverNotFound",
      vscode.l10n.t(
        "hfs-server, which reads your sessions, was not found on this machine. Install it into an environment of this extension's own, or say in the settings where it is.",
      ),
    );
  }
  throw ownFailure(
    "serverUnusable",
    vscode.l10n.t(
      "The setting hfs.server.path names {0}, which cannot be used: {1}.",
      search.rejected[0]?.path ?? setting,
      search.rejected[0]?.problem ?? vscode.l10n.t("there is no such program"),
    ),
  );
}

/** What the setting names: a path, or a program's name to be searched for. */
function named(setting: string): Candidate[] {
  const text = expanded(machine, setting, workspaceFolder());
  const paths = /[\\/]/.test(text)
    ? [expandedPath(machine, setting, workspaceFolder())]
    : filesNamed(machine, text);
  return paths.map((path) => ({ source: "setting hfs.server.path", path }));
}

async function* everywhere(
  context: vscode.ExtensionContext,
  report: (line: string) => void,
): AsyncGenerator<Candidate> {
  const existing = function* (source: Candidate["source"], path: string) {
    if (machine.isFile(path)) {
      yield { source, path };
    } else {
      report(`${source}: ${path}: not there`);
    }
  };
  const inFolders = function* (source: Candidate["source"], folders: string[]) {
    const files = filesIn(machine, folders, PROGRAM);
    yield* files.map((path) => ({ source, path }));
    if (files.length === 0) {
      report(`${source}: not in ${folders.join(", ")}`);
    }
  };
  if (vscode.workspace.isTrusted) {
    const python = await activePython();
    if (python) {
      yield* inFolders("active Python environment", programFolders(machine, python));
    } else {
      report("active Python environment: no extension provides one");
    }
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const environment = join(folder.uri.fsPath, ".venv");
      yield* existing("workspace", inEnvironment(machine, environment, PROGRAM));
    }
  } else {
    report("workspace: not trusted, so neither its .venv nor its Python environment is used");
  }
  yield* inFolders("PATH and user folders", searchedFolders(machine));
  const own = inEnvironment(machine, ownEnvironment(context), PROGRAM);
  yield* existing("this extension's environment", own);
}

export function tooOld(version: string, path: string): Failure {
  const sentence = vscode.l10n.t(
    "hfs-server {0} is too old for this extension, which needs {1} or later: {2}",
    version,
    MINIMUM_VERSION,
    path,
  );
  return new Failure("serverTooOld", sentence, { path });
}
