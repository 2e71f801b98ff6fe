/** Importing by itself: the setting `hfs.keep`, and the one question about it. */

import * as vscode from "vscode";
import { show } from "../messages";
import { serverEnvironment } from "../server/projects";
import { keptTools } from "../server/settings";
import type { ImportRun } from "./importing";
import { changesIn } from "./importPreview";
import { toolName } from "./labels";

const ANSWERED = "hfs.keepAnswered";

/** Asks after an import of tools whether to go on by itself, until there is an answer. */
export function offerToKeep(
  memory: vscode.Memento,
  run: ImportRun,
  imported: readonly string[],
): void {
  // The store of the HFS terminal program needs no import.
  const tools = imported.filter((tool) => tool !== "hfs");
  if (tools.length > 0 && changesIn(run) > 0 && !run.cancelled && mayAsk(memory)) {
    ask(memory, tools);
  }
}

function mayAsk(memory: vscode.Memento): boolean {
  const configuration = vscode.workspace.getConfiguration("hfs");
  const env = serverEnvironment(configuration, process.env);
  const isDecided = keptTools() !== undefined || Boolean(env.HFS_KEEP);
  return vscode.workspace.isTrusted && !isDecided && !memory.get<boolean>(ANSWERED, false);
}

function ask(memory: vscode.Memento, tools: readonly string[]): void {
  const { t } = vscode.l10n;
  const answer = () => memory.update(ANSWERED, true);
  const keep = async () => {
    const configuration = vscode.workspace.getConfiguration("hfs");
    await configuration.update("keep", [...tools], vscode.ConfigurationTarget.Global);
    await answer();
  };
  const question = t("Keep importing new sessions of {0} by itself?", inWords(tools));
  show(vscode.window.showInformationMessage, question, [
    { title: t("Yes"), run: keep },
    { title: t("No"), run: answer },
    {
      title: t("Learn More"),
      run: () => vscode.commands.executeCommand("workbench.action.openSettings", "@id:hfs.keep"),
    },
  ]);
}

/** The names of the tools, as one says them. */
function inWords(tools: readonly string[]): string {
  const list = new Intl.ListFormat(vscode.env.language, { style: "long", type: "conjunction" });
  return list.format(tools.map(toolName));
}
