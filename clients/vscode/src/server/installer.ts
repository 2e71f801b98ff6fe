/** The extension's own environment: made, and filled from the wheel that it carries, when asked. */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { ownFailure } from "../errors";
import { limits } from "../limits";
import { machine, ownFolder, READY } from "./finder";
import { lastLine, run } from "./launch";
import { filesNamed, inEnvironment } from "./places";
import { activePython } from "./python";

const OLDEST_PYTHON = "3.11";
const PYTHONS = ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "py"];
const CHECK =
  "import ensurepip, sys, venv; sys.exit('it is older' if sys.version_info < (3, 11) else 0)";

/** Installs the server. Raises Failure, and then all is as it was before. */
export async function install(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<void> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t("Installing hfs-server"),
    cancellable: true,
  };
  await vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    const name = String(Date.now());
    const environment = join(ownFolder(context), name);
    const step = async (message: string, path: string, args: string[]) => {
      progress.report({ message });
      log.info(`Installing: ${[path, ...args].join(" ")}`);
      const onOutput = (text: string) => log.info(`install: ${text.trimEnd()}`);
      const { output, problem } = await run(
        { path, args, cwd: machine.home, env: process.env },
        { signal: abort.signal, onOutput },
      );
      if (problem !== undefined) {
        await rm(environment, { recursive: true, force: true });
        throw token.isCancellationRequested
          ? ownFailure("cancelled", vscode.l10n.t("Cancelled."))
          : ownFailure("installFailed", installSentence(lastLine(output) ?? problem));
      }
    };
    progress.report({ message: vscode.l10n.t("looking for Python…") });
    const python = await findPython(log);
    await mkdir(ownFolder(context), { recursive: true });
    const make = ["-m", "venv", environment];
    await step(vscode.l10n.t("making an environment…"), python, make);
    const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check"];
    await step(
      vscode.l10n.t("getting the server and what it needs…"),
      inEnvironment(machine, environment, "python"),
      [...pip, "--quiet", wheel(context)],
    );
    await writeFile(join(environment, READY), "");
    await removeOthers(ownFolder(context), name);
  });
}

/** Removes what earlier installations left; what another window still uses may stay. */
async function removeOthers(folder: string, kept: string): Promise<void> {
  for (const name of machine.list(folder).filter((name) => name !== kept)) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** The wheel that the extension carries. */
function wheel(context: vscode.ExtensionContext): string {
  const folder = join(context.extensionPath, "server");
  const name = machine.list(folder).find((file) => file.endsWith(".whl"));
  if (!name) {
    throw ownFailure("installFailed", installSentence(vscode.l10n.t("the wheel is missing")));
  }
  return join(folder, name);
}

async function findPython(log: vscode.LogOutputChannel): Promise<string> {
  const active = vscode.workspace.isTrusted ? await activePython() : undefined;
  const others = PYTHONS.flatMap((name) => filesNamed(machine, name));
  for (const path of active ? [active, ...others] : others) {
    const command = { path, args: ["-c", CHECK], cwd: machine.home, env: process.env };
    const { problem } = await run(command, { timeout: limits.version });
    log.info(`Python for the server: ${path}: ${problem ?? "chosen"}`);
    if (problem === undefined) {
      return path;
    }
  }
  throw ownFailure(
    "installFailed",
    vscode.l10n.t(
      "Python {0} or later, with its modules venv and ensurepip, was not found. Install it (on Debian and Ubuntu: python3-venv), then try again.",
      OLDEST_PYTHON,
    ),
  );
}

function installSentence(reason: string): string {
  return vscode.l10n.t("hfs-server could not be installed: {0}", reason);
}
