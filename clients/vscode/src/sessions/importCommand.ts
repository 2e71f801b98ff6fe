/** The command that imports files, and its messages. */

import * as vscode from "vscode";
import { Chosen, importArgument } from "../arguments";
import { Failure, failureFrom } from "../errors";
import { type Actions, type Button, type Messages, show } from "../messages";
import type { Server } from "../server/client";
import type { ImportedSession } from "../server/protocol";
import { withoutIcons } from "../text";
import {
  fileName,
  type ImportRun,
  type ImportSummary,
  importedSessions,
  importFiles,
  type Outcome,
  retriable,
  summaryOf,
} from "./importing";
import { type Advice, logLines, reportOf, summaryLine } from "./importReport";
import { nameOf } from "./labels";
import type { Reports } from "./reports";

export class ImportCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly reports: Reports,
    private readonly advice: Advice,
    private readonly open: (session: Chosen) => unknown,
  ) {}

  /** Imports what is given, or else what a person chooses; a menu also gives what is selected. */
  async run(given: unknown, selected: unknown): Promise<ImportSummary | undefined> {
    // The explorer gives the file under the mouse, and all that are selected.
    const isMenu = Array.isArray(selected);
    const argument = importArgument(isMenu && selected.length > 0 ? selected : given);
    const uris = argument?.uris ?? (await askForFiles());
    if (!uris || uris.length === 0) {
      return undefined;
    }
    if (argument === undefined || isMenu) {
      return this.messages.guard(() => this.attended(uris));
    }
    const run = await this.imported(uris, argument.name);
    const [only] = run.outcomes;
    if (only?.failure && uris.length === 1) {
      throw only.failure;
    }
    return summaryOf(run);
  }

  private async attended(uris: readonly vscode.Uri[]): Promise<ImportSummary | undefined> {
    const run = await this.imported(uris);
    const [only] = run.outcomes;
    if (only?.failure && uris.length === 1) {
      this.announceFailure(run, only, only.failure);
      return undefined;
    }
    this.announce(run);
    return summaryOf(run);
  }

  private async imported(uris: readonly vscode.Uri[], name?: string): Promise<ImportRun> {
    const run = await importFiles(this.server, uris, name);
    this.messages.note(logLines(run));
    return run;
  }

  private announceFailure(run: ImportRun, { uri }: Outcome, failure: Failure): void {
    const name = fileName(uri);
    const message = failure.message.includes(name)
      ? failure.message
      : vscode.l10n.t("{0}: {1}", name, failure.message);
    const hasMore = Number(failure.data.problemCount) > 1;
    this.messages.failure(new Failure(failure.kind, message, failure.data), {
      ...this.again(run),
      openFile: () => this.messages.guard(() => openAt(uri, failure.data.line)),
      ...(hasMore && { details: () => this.showDetails(run) }),
    });
  }

  private announce(run: ImportRun): void {
    const sessions = importedSessions(run);
    const failures = run.outcomes.flatMap(({ failure }) => failure ?? []);
    const hasWarnings = run.outcomes.some(({ result }) => result && result.warnings.length > 0);
    const buttons: Button[] = [];
    if (sessions.length > 0) {
      buttons.push({ title: vscode.l10n.t("Open"), run: () => this.openOneOf(sessions) });
    }
    if (run.outcomes.length > 1 || hasWarnings) {
      buttons.push({ title: vscode.l10n.t("Show Details"), run: () => this.showDetails(run) });
    }
    buttons.push(...this.messages.buttonsFor(failures, this.again(run)));
    const how =
      failures.length === 0
        ? vscode.window.showInformationMessage
        : sessions.length === 0
          ? vscode.window.showErrorMessage
          : vscode.window.showWarningMessage;
    show(how, summaryLine(run), buttons);
  }

  /** The second try of what may go better then: never of what is in the store already. */
  private again(run: ImportRun): Actions {
    const uris = retriable(run);
    const retry = () => this.attended(uris);
    const install = async (failure: Failure) => {
      if (await this.messages.install(failure)) {
        await retry();
      }
    };
    return uris.length > 0 ? { retry, install } : {};
  }

  private showDetails(run: ImportRun): unknown {
    const title = vscode.l10n.t("Import Report");
    return this.messages.guard(() => this.reports.show(title, reportOf(run, this.advice)));
  }

  private async openOneOf(sessions: readonly ImportedSession[]): Promise<void> {
    const rows = sessions.map((session) => ({ label: withoutIcons(nameOf(session)), session }));
    const placeHolder = vscode.l10n.t("Open which of the imported sessions?");
    const [first] = rows;
    const row =
      rows.length === 1 ? first : await vscode.window.showQuickPick(rows, { placeHolder });
    if (row) {
      await this.open(new Chosen(row.session));
    }
  }
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
    title: vscode.l10n.t("Import HFS Sessions"),
    openLabel: vscode.l10n.t("Import"),
    filters: {
      [vscode.l10n.t("Exported sessions")]: ["json"],
      [vscode.l10n.t("All files")]: ["*"],
    },
  });
}
