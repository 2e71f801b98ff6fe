/** The command that opens a session at one of its messages. */

import * as vscode from "vscode";
import { Chosen, sessionArgument } from "../arguments";
import type { Commands } from "../commands";
import type { Messages } from "../messages";
import type { Server } from "../server/client";
import { type Documents, SCHEME, sessionOf } from "../sessions/documents";
import { pickSession } from "../sessions/picker";
import { pickMessage } from "./messagePicker";

export class MessageCommand {
  constructor(
    private readonly server: Server,
    private readonly documents: Documents,
    private readonly messages: Messages,
    private readonly actions: Commands,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.openAtMessage": (given) => this.open(given),
    };
  }

  /** Opens the session that is given, or that of the active tab, or one that a person chooses. */
  private open(given: unknown): Promise<vscode.Uri | undefined> {
    const { session: known, place } = sessionArgument(given);
    if (known && place) {
      return this.actions.open(given);
    }
    return this.messages.guard(async () => {
      const placeholder = vscode.l10n.t("Choose a session; type words of its name");
      const session = known ?? sessionInTab() ?? (await pickSession(this.server, { placeholder }));
      if (!session) {
        return undefined;
      }
      const document = await this.documents.open(this.documents.uriFor(session, "markdown"));
      const message = await pickMessage(document);
      return message === undefined
        ? undefined
        : this.actions.open(new Chosen(session, { place: { message } }));
    });
  }
}

function sessionInTab(): Chosen["session"] | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === SCHEME ? sessionOf(uri) : undefined;
}
