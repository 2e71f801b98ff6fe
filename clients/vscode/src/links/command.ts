/**
 * Links to sessions from outside of the editor, such as
 * `vscode://hfs.hfs-sessions/session/claude-code:…#message-7`: copied here, and followed.
 *
 * Anybody can make such a link. The rule not to break: it shows a session of the store, nothing more.
 */

import * as vscode from "vscode";
import { Chosen, isAttended, sessionArgument } from "../arguments";
import { ownFailure, raised } from "../errors";
import type { Messages } from "../messages";
import type { Server } from "../server/client";
import { messageAtCursor, sessionOfTab } from "../sessions/activeSession";
import { findSession } from "../sessions/finding";
import { titleOf } from "../sessions/labels";
import { fragmentFor, messageIn } from "../sessions/messagePlace";
import { pickSession } from "../sessions/picker";

const SHOWN_MILLISECONDS = 5000;
const LONGEST_IDENTITY = 1000;
const SESSION = "/session/";

export class LinkCommand implements vscode.UriHandler {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly extensionId: string,
    private readonly open: (session: Chosen) => Promise<unknown>,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.copyLink": (given) => this.copy(given),
      "hfs.copyLinkRow": (row) => this.copy(row),
      "hfs.copyLinkTab": (uri) => this.copy(sessionOfTab(uri)),
      "hfs.copyLinkMessage": () => this.copyMessage(),
    };
  }

  /** Opens the session of a link, at its message. */
  async handleUri(uri: vscode.Uri): Promise<void> {
    await this.messages.guard(async () => {
      const identity = uri.path.startsWith(SESSION) ? uri.path.slice(SESSION.length) : "";
      if (identity === "" || identity.length > LONGEST_IDENTITY) {
        throw ownFailure("notPossible", vscode.l10n.t("This link does not lead to a session."));
      }
      const { session } = await findSession(this.server, { identity });
      const message = messageIn(uri.fragment);
      await this.open(new Chosen(session, message === undefined ? {} : { place: { message } }));
    });
  }

  /** Copies the link to a session, or to one of its messages; gives the link. */
  private copy(given: unknown): Promise<string | undefined> {
    const argument = sessionArgument(given);
    let { session } = argument;
    const work = async () => {
      session ??= await pickSession(this.server, {
        placeholder: vscode.l10n.t("Choose a session to link to; type words of its name"),
      });
      return session && this.copyLink(session, argument.place?.message);
    };
    return isAttended(given, argument) ? this.messages.guard(work) : raised(work());
  }

  private copyMessage(): Promise<string | undefined> {
    return this.messages.guard(async () => {
      const { session, message } = messageAtCursor();
      return this.copyLink(session, message);
    });
  }

  private async copyLink(session: Chosen["session"], message?: number): Promise<string> {
    const { identity, session: found } = await findSession(this.server, { sessionId: session.id });
    const link = vscode.Uri.from({
      scheme: vscode.env.uriScheme,
      authority: this.extensionId,
      path: SESSION + identity,
      ...(message !== undefined && { fragment: fragmentFor(message) }),
    }).toString();
    await vscode.env.clipboard.writeText(link);
    const sentence = vscode.l10n.t("Copied the link to {0}", titleOf(found));
    vscode.window.setStatusBarMessage(`$(check) ${sentence}`, SHOWN_MILLISECONDS);
    return link;
  }
}
