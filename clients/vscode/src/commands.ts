/** The commands: each asks only for what is missing, and gives its result. */

import * as vscode from "vscode";
import {
  Chosen,
  isAttended,
  listArgument,
  type SessionArgument,
  sessionArgument,
} from "./arguments";
import { raised } from "./errors";
import type { Messages } from "./messages";
import type { Server } from "./server/client";
import {
  type ExportResult,
  type Format,
  LIST_SESSIONS,
  type ListSessionsResult,
  type SessionSummary,
} from "./server/protocol";
import { type Documents, sessionIdOf } from "./sessions/documents";
import {
  announceExport,
  exportToFile,
  type OpenMode,
  openExport,
  openPreview,
  type Redaction,
} from "./sessions/exporting";
import { pickFormat } from "./sessions/formats";
import type { MessagePlace } from "./sessions/messagePlace";
import { pickSession } from "./sessions/picker";
import { CLICK, SessionRow } from "./sessions/rows";
import { showMessage, withMessage } from "./sessions/showMessage";

/** The longest time between the two clicks of a double click, as most systems have it. */
const DOUBLE_CLICK_MILLISECONDS = 500;

/** The longest session, in lines, that VS Code renders as quickly as one expects of a setting. */
const LARGEST_PREVIEW = 20_000;

interface Click {
  id: number | undefined;
  time: number;
  opening: Promise<vscode.Uri | undefined>;
}

export class Commands {
  private lastClick: Click = { id: undefined, time: 0, opening: Promise.resolve(undefined) };

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
      "hfs.exportHtml": (given) => this.export("html", given),
      "hfs.exportJson": (given) => this.export("json", given),
      "hfs.exportSession": (given) => this.exportAsChosen(given),
      "hfs.openSession": (given) => this.open(given),
      "hfs.listSessions": (given) => this.list(given),
      "hfs.exportRowMarkdown": (row) => this.export("markdown", row),
      "hfs.exportRowHtml": (row) => this.export("html", row),
      "hfs.exportRowJson": (row) => this.export("json", row),
      "hfs.openRow": (row, how) => (how === CLICK ? this.click(row) : this.open(row)),
    };
  }

  private async export(format: Format, given: unknown): Promise<ExportResult | undefined> {
    const argument = sessionArgument(given);
    const attended = isAttended(given, argument);
    let { session } = argument;
    const work = async (overwrite: boolean | undefined) => {
      // A second try is for the same session.
      session ??= await this.pick();
      if (session === undefined) {
        return undefined;
      }
      const { id: sessionId, name } = session;
      const { destination } = argument;
      const result = await exportToFile(this.server, {
        sessionId,
        name,
        format,
        destination,
        overwrite,
        ...(argument.redact && { redaction: redactionOf(argument) }),
      });
      const mode = argument.open ?? openMode(format);
      const opened = await openExport(result, mode);
      if (attended) {
        announceExport(result, { opened, mode });
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

  /** The same in the format that the caller names, or that a person chooses. */
  private async exportAsChosen(given: unknown): Promise<ExportResult | undefined> {
    const { format, session } = sessionArgument(given);
    if (format !== undefined) {
      return this.export(format, given);
    }
    return this.messages.guard(async () => {
      const chosen = session ?? (await this.pick());
      const as = chosen && (await pickFormat());
      return chosen && as && this.export(as, new Chosen(chosen));
    });
  }

  /** As for a file: one click opens a preview tab, two clicks make it one that stays. */
  private click(row: unknown): Promise<vscode.Uri | undefined> {
    const { id, time, opening } = this.lastClick;
    // The view may have made the row again between the clicks.
    const clicked = row instanceof SessionRow ? row.session.id : undefined;
    const now = Date.now();
    const opened =
      clicked === id && now - time < DOUBLE_CLICK_MILLISECONDS
        ? opening.then((uri) => uri && this.open(row))
        : this.open(row, { preview: true, preserveFocus: true });
    this.lastClick = { id: clicked, time: now, opening: opened };
    return opened;
  }

  async open(
    given: unknown,
    tab: vscode.TextDocumentShowOptions = { preview: false },
  ): Promise<vscode.Uri | undefined> {
    const argument = sessionArgument(given);
    const { format = "markdown", place } = argument;
    const isMarkdown = format === "markdown";
    const preview = argument.preview ?? (isMarkdown && prefersPreview() ? "ifSmall" : false);
    let { session } = argument;
    const work = async () => {
      session ??= await this.pick();
      const uri = session && this.documents.uriFor(session, format);
      return uri && this.show(uri, preview, { place: isMarkdown ? place : undefined, tab });
    };
    if (!isAttended(given, argument)) {
      return raised(work());
    }
    return this.messages.guard(work, {
      export: () => session && this.export(format, new Chosen(session)),
    });
  }

  private async show(
    uri: vscode.Uri,
    preview: boolean | "ifSmall",
    { place, tab }: { place: MessagePlace | undefined; tab: vscode.TextDocumentShowOptions },
  ): Promise<vscode.Uri> {
    const document = await this.documents.open(uri);
    const isSmall = document.lineCount <= LARGEST_PREVIEW && !this.documents.isLoading(uri);
    if (preview === true || (preview === "ifSmall" && isSmall)) {
      await openPreview(place ? withMessage(document, place) : uri);
    } else if (place) {
      await showMessage(this.documents, document, place, tab);
    } else {
      await vscode.window.showTextDocument(document, tab);
    }
    return uri;
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
        placeholder: t("Open a session; type words of its name"),
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
    const placeholder = vscode.l10n.t("Choose a session; type words of its name");
    return pickSession(this.server, { placeholder });
  }
}

function redactionOf({ redactAlso }: SessionArgument): Redaction {
  return redactAlso === undefined ? {} : { redactAlso };
}

/** Whether sessions are opened as rendered Markdown. */
function prefersPreview(): boolean {
  return vscode.workspace.getConfiguration("hfs").get("openSessions") === "preview";
}

/** JSON is for keeping, and HTML is for a browser: they are opened where that is asked for. */
export function openMode(format: Format): OpenMode {
  if (format !== "markdown") {
    return "none";
  }
  return vscode.workspace.getConfiguration("hfs").get<OpenMode>("export.open", "editor");
}
