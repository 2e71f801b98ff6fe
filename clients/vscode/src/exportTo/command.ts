/** The commands that export to a place that a person chooses: one session, or all that are selected. */

import * as vscode from "vscode";
import { type Chosen, sessionArgument } from "../arguments";
import { openMode } from "../commands";
import { ownFailure } from "../errors";
import { type Messages, show } from "../messages";
import type { Server } from "../server/client";
import type { ExportResult, Format } from "../server/protocol";
import { announceExport, exportToFile, openExport, reveal } from "../sessions/exporting";
import { pickFormat } from "../sessions/formats";
import { pickSession } from "../sessions/picker";
import type { Reports } from "../sessions/reports";
import { sessionsOf } from "../sessions/rows";
import type { SessionsView } from "../sessions/view";
import { askForPlace, type Place, remember } from "./places";
import { exportSeveral, folderOf, lineOf, reportOf, type SeveralExports } from "./several";

export class ExportToCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly reports: Reports,
    private readonly memory: vscode.Memento,
    private readonly view: Pick<SessionsView, "rowsForKey">,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.exportTo": (given) => this.one(given),
      "hfs.exportRowTo": (row) => this.one(row),
      "hfs.exportRows": (row, rows) => this.several(row, rows),
    };
  }

  private one(given: unknown): Promise<ExportResult | undefined> {
    let { session, format } = sessionArgument(given);
    let place: Place | undefined;
    return this.messages.guard(async () => {
      // A second try is for the same session, format and place.
      session ??= await pickSession(this.server, {
        placeholder: vscode.l10n.t("Choose a session to export; type words of its name"),
      });
      format ??= session && (await pickFormat());
      place ??= format && (await askForPlace(this.memory, format, session));
      return session && format && place && this.export(session, format, place);
    });
  }

  private async export(
    { id, name }: Chosen["session"],
    format: Format,
    { uri, isFile = false }: Place,
  ): Promise<ExportResult> {
    const request = { sessionId: id, name, format, destination: uri, overwrite: isFile };
    const result = await exportToFile(this.server, request);
    await this.rememberFor(uri, result);
    const mode = openMode(format);
    announceExport(result, { opened: await openExport(result, mode), mode });
    return result;
  }

  /** Exports the rows that a menu gave, or those that a key is about. */
  private several(row: unknown, rows: unknown): Promise<SeveralExports | undefined> {
    return this.messages.guard(async () => {
      const chosen = row === undefined ? await this.view.rowsForKey() : rows;
      const sessions = sessionsOf(Array.isArray(chosen) ? chosen : [row]);
      if (sessions.length === 0) {
        throw ownFailure("notPossible", vscode.l10n.t("Select the sessions to export."));
      }
      const format = await pickFormat();
      const place = format && (await askForPlace(this.memory, format, undefined));
      if (!format || !place) {
        return undefined;
      }
      const done = await exportSeveral(this.server, sessions, format, place.uri);
      const [first] = done.written;
      await (first && this.rememberFor(place.uri, first));
      this.announce(done);
      return done;
    });
  }

  /** The folder by default is offered in any case. */
  private async rememberFor(place: vscode.Uri | undefined, { uri }: ExportResult): Promise<void> {
    if (place !== undefined) {
      await remember(this.memory, vscode.Uri.parse(uri, true));
    }
  }

  private announce(done: SeveralExports): void {
    const { t } = vscode.l10n;
    const folder = folderOf(done);
    const title = t("Export Report");
    const buttons = [
      { title: t("Show Details"), run: () => this.reports.show(title, reportOf(done)) },
      ...(folder ? [{ title: t("Reveal"), run: () => reveal(folder) }] : []),
    ];
    const { showWarningMessage, showInformationMessage } = vscode.window;
    const how = done.failed.length > 0 ? showWarningMessage : showInformationMessage;
    show(how, lineOf(done), buttons);
  }
}
