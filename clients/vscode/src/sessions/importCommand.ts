/** The commands that import, and their messages. */

import * as vscode from "vscode";
import { Chosen, importArgument, toolsArgument } from "../arguments";
import { Failure, failureFrom } from "../errors";
import { type Actions, type Button, type Messages, show } from "../messages";
import type { Server } from "../server/client";
import { withoutIcons } from "../text";
import {
  failedRun,
  fileName,
  type ImportRun,
  type ImportSummary,
  importFiles,
  importTools,
  openable,
  summaryOf,
} from "./importing";
import { hasMore, logLines, problemsOf, reportOf, summaryLine } from "./importReport";
import { nameOf, toolName } from "./labels";
import type { Reports } from "./reports";
import { pickTools, requireTools } from "./tools";

/** What is asked for, and how it is done, which may be done again. */
interface Import {
  sources: string[];
  run: () => Promise<ImportRun>;
  /** The one file that it is about. */
  file?: vscode.Uri | undefined;
}

export class ImportCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly reports: Reports,
    private readonly open: (session: Chosen) => unknown,
  ) {}

  /** Every command that imports, by its id. */
  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.importSession": (given, selected) => this.files(given, selected, askForFiles),
      "hfs.importFile": (given, selected) => this.files(given, selected ?? [], askForFiles),
      "hfs.importFolder": (given, selected) => this.files(given, selected, askForFolders),
      "hfs.importTools": (given) => this.tools(given),
    };
  }

  /** Imports what is given, or else what a person chooses; a menu also gives what is selected. */
  private async files(
    given: unknown,
    selected: unknown,
    ask: () => Promise<vscode.Uri[] | undefined>,
  ): Promise<ImportSummary | undefined> {
    // The explorer gives the file under the mouse, and all that are selected.
    const isMenu = Array.isArray(selected);
    const argument = importArgument(isMenu && selected.length > 0 ? selected : given);
    const uris = argument?.uris ?? (await ask());
    if (!uris || uris.length === 0) {
      return undefined;
    }
    const work: Import = {
      sources: uris.map((uri) => uri.toString(true)),
      run: () => importFiles(this.server, uris, argument?.options),
      file: uris.length === 1 ? uris[0] : undefined,
    };
    return argument === undefined || isMenu
      ? this.messages.guard(() => this.attended(work))
      : summaryOf(await this.logged(work));
  }

  /** Imports the sessions of the tools that are given, or else of those that a person chooses. */
  private async tools(given: unknown): Promise<ImportSummary | undefined> {
    const argument = toolsArgument(given);
    const workOn = (tools: readonly string[]): Import => ({
      sources: [...tools],
      run: () => importTools(this.server, tools, argument?.options),
    });
    if (argument) {
      await requireTools(this.server);
      return summaryOf(await this.logged(workOn(argument.tools)));
    }
    return this.messages.guard(async () => {
      const tools = await pickTools(this.server);
      return tools && tools.length > 0 ? this.attended(workOn(tools)) : undefined;
    });
  }

  private async attended(work: Import): Promise<ImportSummary | undefined> {
    const run = await this.logged(work);
    if (run.failure && run.failed.length === 0) {
      await this.announceFailure(run.failure, work);
      return undefined;
    }
    this.announce(run, work);
    const { failure: _, ...summary } = run;
    return summary;
  }

  private async logged({ run, sources }: Import): Promise<ImportRun> {
    const done = await run();
    this.messages.note(logLines(done, sources));
    return done;
  }

  private async announceFailure(failure: Failure, work: Import): Promise<void> {
    const { file } = work;
    const name = file && fileName(file);
    const message =
      name === undefined || failure.message.includes(name)
        ? failure.message
        : vscode.l10n.t("{0}: {1}", name, failure.message);
    const opens = file && (await isText(file)) ? file : undefined;
    const problems = problemsOf(failure);
    this.messages.failure(new Failure(failure.kind, message, failure.data), {
      ...this.again(work),
      ...(opens && {
        openFile: () => this.messages.guard(() => openAt(opens, failure.data.line)),
      }),
      ...(problems.length > 0 && {
        details: () => this.showReport(reportOf(failedRun(failure, file), problems)),
      }),
    });
  }

  private announce(run: ImportRun, work: Import): void {
    const sessions = openable(run);
    const buttons: Button[] = [];
    if (sessions.length > 0) {
      buttons.push({ title: vscode.l10n.t("Open"), run: () => this.openOneOf(sessions) });
    }
    if (hasMore(run)) {
      const title = vscode.l10n.t("Show Details");
      buttons.push({ title, run: () => this.showReport(reportOf(run)) });
    }
    if (run.failure) {
      buttons.push(...this.messages.buttonsFor([run.failure], this.again(work)));
    }
    const how =
      run.failed.length === 0
        ? vscode.window.showInformationMessage
        : run.sessions.length === 0
          ? vscode.window.showErrorMessage
          : vscode.window.showWarningMessage;
    show(how, summaryLine(run), buttons);
  }

  /** A second try: what is in the store already is not imported twice. */
  private again(work: Import): Actions {
    const retry = () => this.messages.guard(() => this.attended(work));
    const install = async (failure: Failure) => {
      if (await this.messages.install(failure)) {
        await retry();
      }
    };
    return { retry, install };
  }

  private showReport(text: string): unknown {
    const title = vscode.l10n.t("Import Report");
    return this.messages.guard(() => this.reports.show(title, text));
  }

  private async openOneOf(sessions: ReturnType<typeof openable>): Promise<void> {
    const rows = sessions.map((session) => ({
      label: withoutIcons(nameOf(session)),
      description: toolName(session.tool ?? ""),
      session,
    }));
    const placeHolder = vscode.l10n.t("Open which of the imported sessions?");
    const [first] = rows;
    const row =
      rows.length === 1 ? first : await vscode.window.showQuickPick(rows, { placeHolder });
    if (row) {
      await this.open(new Chosen(row.session));
    }
  }
}

/** Whether an editor can show the place in it that is wrong. */
async function isText(uri: vscode.Uri): Promise<boolean> {
  const stat = await Promise.resolve(vscode.workspace.fs.stat(uri)).catch(() => undefined);
  return stat?.type === vscode.FileType.File && !/\.(zip|zst)$/i.test(uri.path);
}

async function openAt(uri: vscode.Uri, line: unknown): Promise<void> {
  const row = typeof line === "number" ? Math.max(0, line - 1) : 0;
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(row, 0, row, 0) };
  try {
    await vscode.commands.executeCommand("vscode.open", uri, options);
  } catch (error) {
    throw failureFrom(error);
  }
}

async function askForFiles(): Promise<vscode.Uri[] | undefined> {
  return vscode.window.showOpenDialog({
    canSelectMany: true,
    title: vscode.l10n.t("Import Sessions"),
    openLabel: vscode.l10n.t("Import"),
    filters: {
      [vscode.l10n.t("Sessions and archives")]: ["json", "jsonl", "zst", "zip"],
      [vscode.l10n.t("All files")]: ["*"],
    },
  });
}

/** Most systems have no dialog that takes files and folders. */
async function askForFolders(): Promise<vscode.Uri[] | undefined> {
  return vscode.window.showOpenDialog({
    canSelectMany: true,
    canSelectFiles: false,
    canSelectFolders: true,
    title: vscode.l10n.t("Import All Sessions in a Folder"),
    openLabel: vscode.l10n.t("Import"),
  });
}
