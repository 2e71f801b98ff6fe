/** What a person reads of an import, in one message each. */

import * as vscode from "vscode";
import { Chosen } from "../arguments";
import { Failure } from "../errors";
import { type Actions, type Button, type Messages, show } from "../messages";
import { withoutIcons } from "../text";
import { isText, openAt } from "./importDialogs";
import { failedRun, fileName, type ImportRun, openable } from "./importing";
import { previewLine, previewOf, sessionsIn } from "./importPreview";
import { hasMore, problemsOf, reportOf, summaryLine } from "./importReport";
import { nameOf, toolName } from "./labels";
import type { Reports } from "./reports";

export class ImportMessages {
  constructor(
    private readonly messages: Messages,
    private readonly reports: Reports,
    private readonly open: (session: Chosen) => unknown,
  ) {}

  /** Says what an import did; `again` is what can be done about its failure. */
  done(run: ImportRun, again: Actions): void {
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
      buttons.push(...this.messages.buttonsFor([run.failure], again));
    }
    const how =
      run.failed.length === 0
        ? vscode.window.showInformationMessage
        : run.sessions.length === 0
          ? vscode.window.showErrorMessage
          : vscode.window.showWarningMessage;
    show(how, summaryLine(run), buttons);
  }

  /** Says why an import failed; `file` is the one that it is about. */
  async failure(failure: Failure, file: vscode.Uri | undefined, again: Actions): Promise<void> {
    const name = file && fileName(file);
    const message =
      name === undefined || failure.message.includes(name)
        ? failure.message
        : vscode.l10n.t("{0}: {1}", name, failure.message);
    const opens = file && (await isText(file)) ? file : undefined;
    const problems = problemsOf(failure);
    this.messages.failure(new Failure(failure.kind, message, failure.data), {
      ...again,
      ...(opens && {
        openFile: () => this.messages.guard(() => openAt(opens, failure.data.line)),
      }),
      ...(problems.length > 0 && {
        details: () => this.showReport(reportOf(failedRun(failure, file), problems)),
      }),
    });
  }

  /** Says why a dry run found nothing to import. */
  nothing(run: ImportRun): void {
    const { showErrorMessage, showInformationMessage } = vscode.window;
    const buttons = run.failure ? this.messages.buttonsFor([run.failure]) : [];
    if (run.failed.length + run.skipped.length + run.sessions.length > 0) {
      const title = vscode.l10n.t("Show Details");
      buttons.push({ title, run: () => this.messages.guard(() => this.showPreview(run)) });
    }
    const line = vscode.l10n.t("There is nothing to import: {0}.", previewLine(run));
    show(run.failed.length > 0 ? showErrorMessage : showInformationMessage, line, buttons);
  }

  /** Opens the document of a dry run, and asks beside it whether to go on. */
  async details(run: ImportRun, goOn: () => unknown): Promise<void> {
    await this.showPreview(run);
    const { t } = vscode.l10n;
    show(vscode.window.showInformationMessage, t("Import {0}?", sessionsIn(run)), [
      { title: t("Import"), run: goOn },
      { title: t("Cancel"), run: () => undefined },
    ]);
  }

  private showPreview(run: ImportRun): Promise<void> {
    return this.reports.show(vscode.l10n.t("Import Preview"), previewOf(run));
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
