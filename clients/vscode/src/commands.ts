/** The commands: each asks only for what is missing, and gives its result. */

import * as vscode from "vscode";
import { Chosen, importArgument, isAttended, listArgument, sessionArgument } from "./arguments";
import type { Server } from "./client";
import { type Documents, sessionIdOf } from "./documents";
import { failureFrom } from "./errors";
import { announceExport, exportToFile, type OpenMode, openExport, openPreview } from "./exporting";
import { type ImportSummary, importedSessions, importFiles, sentencesOf } from "./importing";
import { type Button, type Messages, show } from "./messages";
import {
  type ExportResult,
  type Format,
  LIST_SESSIONS,
  type ListSessionsResult,
  type SessionSummary,
} from "./protocol";
import { pickSession } from "./sessionPicker";
import { nameOf } from "./sessionWords";
import { withoutIcons } from "./text";

export class Commands {
  constructor(
    private readonly server: Server,
    private readonly documents: Documents,
    private readonly messages: Messages,
  ) {
    documents.onDidFail(({ uri, failure }) => {
      const session = { id: sessionIdOf(uri) };
      messages.failure(failure, { export: () => this.export("markdown", new Chosen(session)) });
    });
  }

  /** Every command of a session, by its id. */
  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.exportMarkdown": (given) => this.export("markdown", given),
      "hfs.exportJson": (given) => this.export("json", given),
      "hfs.openSession": (given) => this.open(given),
      "hfs.importSession": (given, selected) => this.import(given, selected),
      "hfs.listSessions": (given) => this.list(given),
    };
  }

  private async export(format: Format, given: unknown): Promise<ExportResult | undefined> {
    const argument = sessionArgument(given);
    const attended = isAttended(given, argument);
    const work = async (overwrite: boolean | undefined) => {
      const sessionId = argument.sessionId ?? (await this.pick())?.id;
      if (sessionId === undefined) {
        return undefined;
      }
      // A second try is for the same session.
      argument.sessionId = sessionId;
      const { destination } = argument;
      const result = await exportToFile(this.server, { sessionId, format, destination, overwrite });
      const mode = argument.open ?? openMode(format);
      const opened = await openExport(result, mode);
      if (attended) {
        announceExport(result, opened, mode);
      }
      return result;
    };
    if (!attended) {
      return raised(work(argument.overwrite));
    }
    return this.messages.guard(() => work(argument.overwrite), {
      overwrite: () => this.messages.guard(() => work(true)),
    });
  }

  private async open(given: unknown): Promise<vscode.Uri | undefined> {
    const argument = sessionArgument(given);
    const { format = "markdown", preview = false } = argument;
    let { session } = argument;
    const work = async () => {
      session ??= await this.pick();
      return session && this.show(this.documents.uriFor(session, format), preview);
    };
    if (!isAttended(given, argument)) {
      return raised(work());
    }
    return this.messages.guard(work, {
      export: () => session && this.export(format, new Chosen(session)),
    });
  }

  private async show(uri: vscode.Uri, preview: boolean): Promise<vscode.Uri> {
    const document = await this.documents.open(uri);
    if (preview) {
      await openPreview(uri);
    } else {
      await vscode.window.showTextDocument(document, { preview: false });
    }
    return uri;
  }

  private async import(given: unknown, selected: unknown): Promise<ImportSummary | undefined> {
    // The explorer gives the file under the mouse, and all that are selected.
    const isMenu = Array.isArray(selected);
    const argument = importArgument(isMenu && selected.length > 0 ? selected : given);
    const uris = argument?.uris ?? (await askForFiles());
    if (!uris || uris.length === 0) {
      return undefined;
    }
    const attended = argument === undefined || isMenu;
    const work = async () => {
      const { summary, failures } = await importFiles(this.server, uris, argument?.name);
      const [failure] = failures;
      if (failure && uris.length === 1) {
        throw failure;
      }
      if (attended) {
        this.announceImport(summary);
      }
      return summary;
    };
    return attended ? this.messages.guard(work) : raised(work());
  }

  private announceImport(summary: ImportSummary): void {
    const sessions = importedSessions(summary);
    const sentences = sentencesOf(summary);
    if (sentences.length === 0) {
      return;
    }
    const buttons: Button[] = [];
    if (sessions.length > 0) {
      buttons.push({ title: vscode.l10n.t("Open"), run: () => this.openOneOf(sessions) });
    }
    const how =
      sessions.length === 0 && summary.refused.length > 0
        ? vscode.window.showErrorMessage
        : summary.refused.length > 0
          ? vscode.window.showWarningMessage
          : vscode.window.showInformationMessage;
    show(how, sentences.join(" "), buttons);
  }

  private async openOneOf(sessions: readonly { id: number; name: string }[]): Promise<void> {
    const rows = sessions.map((session) => ({ label: withoutIcons(nameOf(session)), session }));
    const placeHolder = vscode.l10n.t("Open which of the imported sessions?");
    const [first] = rows;
    const row =
      rows.length === 1 ? first : await vscode.window.showQuickPick(rows, { placeHolder });
    if (row) {
      await this.open(new Chosen(row.session));
    }
  }

  private async list(given: unknown): Promise<ListSessionsResult | SessionSummary | undefined> {
    const params = listArgument(given);
    if (params) {
      return raised(this.server.request(LIST_SESSIONS, params));
    }
    return this.messages.guard(async () => {
      const { t } = vscode.l10n;
      const icon = (name: string) => new vscode.ThemeIcon(name);
      const session = await pickSession(this.server, {
        placeholder: t("Open a session; type a part of its name"),
        buttons: [
          {
            iconPath: icon("open-preview"),
            tooltip: t("Open as Markdown"),
            run: (one) => this.open(new Chosen(one)),
          },
          {
            iconPath: icon("markdown"),
            tooltip: t("Export as Markdown"),
            run: (one) => this.export("markdown", new Chosen(one)),
          },
          {
            iconPath: icon("json"),
            tooltip: t("Export as JSON"),
            run: (one) => this.export("json", new Chosen(one)),
          },
        ],
      });
      if (session) {
        await this.open(new Chosen(session));
      }
      return session;
    });
  }

  private pick(): Promise<SessionSummary | undefined> {
    const placeholder = vscode.l10n.t("Choose a session; type a part of its name");
    return pickSession(this.server, { placeholder });
  }
}

/** The result for a caller, who gets failures as errors. */
async function raised<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
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

/** JSON is for keeping: it is opened where that is asked for. */
function openMode(format: Format): OpenMode {
  if (format === "json") {
    return "none";
  }
  return vscode.workspace.getConfiguration("hfs").get<OpenMode>("export.open", "editor");
}
