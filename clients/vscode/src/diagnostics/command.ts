/** The command that copies what a bug report needs to know. */

import * as vscode from "vscode";
import { ownFailure } from "../errors";
import { type Messages, show } from "../messages";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import { prepare } from "../server/settings";
import { reportOf } from "./report";

export class DiagnosticsCommand {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
    private readonly messages: Messages,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.copyDiagnostics": () => this.messages.guard(() => this.copy()),
    };
  }

  /** Copies the report; gives it. */
  private async copy(): Promise<string> {
    const { t } = vscode.l10n;
    const text = await withPercentage(t("Collecting diagnostics"), (token) => this.report(token));
    await vscode.env.clipboard.writeText(text);
    const sentence = t(
      "The diagnostics are in the clipboard. They hold versions, paths, counts and settings, and nothing of your sessions.",
    );
    show(vscode.window.showInformationMessage, sentence, [
      { title: t("Show"), run: () => showText(text) },
    ]);
    return text;
  }

  private async report(token: vscode.CancellationToken): Promise<string> {
    const abort = new AbortController();
    const listener = token.onCancellationRequested(() => abort.abort());
    try {
      const subject = {
        extension: this.context.extension,
        server: this.server,
        failures: this.messages.failures,
        prepare: (report: (line: string) => void) =>
          prepare(this.context, { info: report, logLevel: vscode.LogLevel.Info }),
      };
      const text = await reportOf(subject, abort.signal);
      if (token.isCancellationRequested) {
        throw ownFailure("cancelled", vscode.l10n.t("Cancelled."));
      }
      return text;
    } finally {
      listener.dispose();
    }
  }
}

async function showText(content: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
  await vscode.window.showTextDocument(document);
}
