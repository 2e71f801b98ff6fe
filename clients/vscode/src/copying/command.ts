/** The commands that copy: a session as Markdown, or one of its messages as it was said. */

import * as vscode from "vscode";
import { Chosen, isAttended, sessionArgument } from "../arguments";
import { ownFailure, raised } from "../errors";
import type { Messages } from "../messages";
import { withPercentage } from "../progress";
import { MatchRow } from "../search/resultRows";
import type { Server } from "../server/client";
import { FORMATS, TEXT_DOCUMENT_CONTENT } from "../server/protocol";
import { messageAtCursor, sessionOfTab } from "../sessions/activeSession";
import { SCHEME } from "../sessions/documents";
import { titleOf } from "../sessions/labels";
import { pickSession } from "../sessions/picker";
import { size } from "../text";
import { textOf } from "./message";

const SHOWN_MILLISECONDS = 5000;

type Session = Chosen["session"];

export class CopyCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.copySession": (given) => this.copySession(given),
      "hfs.copyRow": (row) => this.copySession(row),
      "hfs.copyTab": (uri) => this.copySession(sessionOfTab(uri)),
      "hfs.copyMessage": (given) => this.copyMessage(given),
      "hfs.copyMatch": (row) => row instanceof MatchRow && this.copyMatch(row),
    };
  }

  /** Copies a session as Markdown; gives what is in the clipboard then. */
  private copySession(given: unknown): Promise<string | undefined> {
    const argument = sessionArgument(given);
    let { session } = argument;
    const work = async () => {
      const placeholder = vscode.l10n.t("Choose a session to copy; type words of its name");
      session ??= await pickSession(this.server, { placeholder });
      return session && this.copy(await this.read(session, "markdown"), titleOf(session));
    };
    if (!isAttended(given, argument)) {
      return raised(work());
    }
    return this.messages.guard(work, { export: () => session && exportMarkdown(session) });
  }

  /** Copies the message that a caller names, or the one at the cursor of a session's tab. */
  private copyMessage(given: unknown): Promise<string | undefined> {
    const { session, place } = sessionArgument(given);
    return session && place
      ? raised(this.copyNumber(session, place.message))
      : this.messages.guard(async () => {
          const { session, message } = messageAtCursor();
          return this.copyNumber(session, message);
        });
  }

  /** Copies the message that was found; of what is no message, the part that was found. */
  private copyMatch({ match }: MatchRow): Promise<string | undefined> {
    const { session, messageIndex, snippet } = match;
    return this.messages.guard(
      () =>
        messageIndex > 0
          ? this.copyNumber(session, messageIndex)
          : this.copy(snippet, titleOf(session)),
      { export: () => exportMarkdown(session) },
    );
  }

  private async copyNumber(session: Session, message: number): Promise<string> {
    const text = textOf(await this.read(session, "json"), message);
    const { t } = vscode.l10n;
    if (text === undefined) {
      throw ownFailure("noMessage", t("The session has no message {0} now.", message));
    }
    return this.copy(text, t("message {0}", message));
  }

  private async copy(text: string, what: string): Promise<string> {
    await vscode.env.clipboard.writeText(text);
    const sentence = vscode.l10n.t("Copied {0} ({1})", what, size(Buffer.byteLength(text)));
    vscode.window.setStatusBarMessage(`$(check) ${sentence}`, SHOWN_MILLISECONDS);
    return text;
  }

  /** The whole text of the session, with progress that can be cancelled. Raises Failure. */
  private async read(session: Session, format: "markdown" | "json"): Promise<string> {
    const uri = `${SCHEME}:/sessions/${session.id}${FORMATS[format]}`;
    const title = vscode.l10n.t("Copying {0}", titleOf(session));
    const { text } = await withPercentage(title, (token, onPercent) =>
      this.server.request(TEXT_DOCUMENT_CONTENT, { uri }, { token, onPercent }),
    );
    return text;
  }
}

function exportMarkdown(session: Session): Thenable<unknown> {
  return vscode.commands.executeCommand("hfs.exportMarkdown", new Chosen(session));
}
