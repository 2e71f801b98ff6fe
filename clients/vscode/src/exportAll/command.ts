/** The command that exports all sessions to a folder or an archive, again and again if you like. */

import * as vscode from "vscode";
import { isObject } from "../arguments";
import { ownFailure, raised } from "../errors";
import { type Messages, show } from "../messages";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import { EXPORT_ALL, type ExportAllParams, type ExportAllResult } from "../server/protocol";
import { destinationUri, reveal } from "../sessions/exporting";
import { shortPath } from "../sessions/labels";
import type { Reports } from "../sessions/reports";
import { askForPlace } from "./places";
import { hasMore, reportOf, summaryLine } from "./report";

/** Whether a server announces this says whether it can. */
const EXPORT_ALL_COMMAND = "hfs.server.exportAll";

export class ExportAllCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly reports: Reports,
    private readonly memory: vscode.Memento,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.exportAll": (given) => this.run(given),
    };
  }

  /** Exports to where a caller says, or a person chooses; the rest is as in `hfs/exportAll`. */
  private run(given: unknown): Promise<ExportAllResult | undefined> {
    if (isObject(given) && given.destination) {
      const { destination } = given as { destination: string | vscode.Uri };
      return raised(this.export({ ...given, destination: destinationUri(destination).toString() }));
    }
    let place: vscode.Uri | undefined;
    return this.messages.guard(async () => {
      await this.requireAll();
      // A second try is for the same place.
      place ??= await askForPlace(this.memory);
      const result = place && (await this.export({ destination: place.toString() }));
      if (result) {
        this.announce(result);
      }
      return result;
    });
  }

  /** With progress that can be cancelled; what was written before stays. Raises Failure. */
  private export(params: ExportAllParams): Promise<ExportAllResult> {
    return withPercentage(vscode.l10n.t("Exporting all sessions"), (token, onPercent) =>
      this.server.request(EXPORT_ALL, params, { token, onPercent }),
    );
  }

  private announce(result: ExportAllResult): void {
    const { t } = vscode.l10n;
    const uri = vscode.Uri.parse(result.uri, true);
    const place = shortPath(uri.fsPath);
    const details = {
      title: t("Show Details"),
      run: () => this.reports.show(t("Export Report"), reportOf(result, place)),
    };
    const buttons = [
      ...(hasMore(result) ? [details] : []),
      { title: t("Reveal"), run: () => reveal(uri) },
    ];
    const how =
      result.failed.length > 0
        ? vscode.window.showWarningMessage
        : vscode.window.showInformationMessage;
    show(how, summaryLine(result, place), buttons);
  }

  /** Raises Failure if the server cannot. */
  private async requireAll(): Promise<void> {
    await this.server.start();
    if (!this.server.announces(EXPORT_ALL_COMMAND)) {
      throw ownFailure(
        "serverTooOld",
        vscode.l10n.t("This hfs-server cannot export all sessions. Upgrade it."),
      );
    }
  }
}
