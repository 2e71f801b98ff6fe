/** Which sessions touched a file, and which one wrote a line of it. */

import * as vscode from "vscode";
import { Chosen } from "../arguments";
import type { Commands } from "../commands";
import { failureFrom, ownFailure } from "../errors";
import { type Messages, show } from "../messages";
import type { Server } from "../server/client";
import { type FileEdit, SESSIONS_OF_FILE, type SessionsOfFileResult } from "../server/protocol";
import {
  fileIn,
  lineIn,
  nothingFound,
  paramsIn,
  paramsOf,
  type Question,
  titleOf,
} from "./question";
import { type EditRow, editRows } from "./rows";

/** Whether a server announces this says whether it knows who wrote what. */
const COMMAND = "hfs.server.sessionsOfFile";
const MOST_EDITS = 500;

interface Choice {
  edit: FileEdit;
  preview: boolean;
}

export class AuthorshipCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly sessions: Commands,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.sessionsOfFile": (given) => this.answer(given, false),
      "hfs.whoWroteLine": (given) => this.answer(given, true),
    };
  }

  /** For a person who chooses a session; a caller who names all gets what the server says. */
  private async answer(
    given: unknown,
    isOfLine: boolean,
  ): Promise<SessionsOfFileResult | FileEdit | undefined> {
    const params = paramsIn(given, isOfLine);
    if (params) {
      return this.server.request(SESSIONS_OF_FILE, params).catch((error) => {
        throw failureFrom(error);
      });
    }
    const question = isOfLine ? lineIn(given) : fileIn(given);
    if (question === undefined) {
      inform(vscode.l10n.t("Open a file first: sessions are found for files on this machine."));
      return undefined;
    }
    return this.messages.guard(() => this.choose(question));
  }

  private async choose(question: Question): Promise<FileEdit | undefined> {
    await this.requireServer();
    const { edits, isComplete } = await this.edits(question);
    if (edits.length === 0) {
      inform(nothingFound(question, isComplete));
      return undefined;
    }
    const chosen = await pickEdit(titleOf(question), edits);
    if (chosen) {
      const { edit, preview } = chosen;
      const place = { message: edit.messageIndex, texts: [question.line?.text?.trim() ?? ""] };
      await this.sessions.open(new Chosen(edit.session, { preview, place }));
    }
    return chosen?.edit;
  }

  private async requireServer(): Promise<void> {
    await this.server.start();
    if (!this.server.announces(COMMAND)) {
      const sentence = vscode.l10n.t("This hfs-server does not know who wrote a file. Upgrade it.");
      throw ownFailure("serverTooOld", sentence);
    }
  }

  private async edits(question: Question): Promise<SessionsOfFileResult> {
    const title = vscode.l10n.t("Looking for sessions…");
    const params = { ...paramsOf(question), limit: MOST_EDITS };
    return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
      this.server.request(SESSIONS_OF_FILE, params),
    );
  }
}

function pickEdit(title: string, edits: readonly FileEdit[]): Promise<Choice | undefined> {
  const { t } = vscode.l10n;
  const pick = vscode.window.createQuickPick<EditRow>();
  const preview = { iconPath: new vscode.ThemeIcon("open-preview"), tooltip: t("Open Preview") };
  pick.title = title;
  pick.placeholder = t("Open the session at what it did");
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.items = editRows(edits, [preview]);
  return new Promise((resolve) => {
    const close = (choice: Choice | undefined) => {
      resolve(choice);
      pick.dispose();
    };
    pick.onDidAccept(() => {
      const [row] = pick.selectedItems;
      close(row && { edit: row.edit, preview: false });
    });
    pick.onDidTriggerItemButton(({ item }) => close({ edit: item.edit, preview: true }));
    pick.onDidHide(() => close(undefined));
    pick.show();
  });
}

function inform(sentence: string): void {
  show(vscode.window.showInformationMessage, sentence, []);
}
