/** The command that gives a session another name. */

import * as vscode from "vscode";
import { type Chosen, isObject, sessionArgument } from "../arguments";
import { requireChanges } from "../deletion/required";
import { raised } from "../errors";
import type { Messages } from "../messages";
import type { Server } from "../server/client";
import { RENAME_SESSION, type SessionSummary } from "../server/protocol";
import { oneLine } from "../text";
import { pickSession } from "./picker";
import { SessionRow } from "./rows";
import type { SessionsView } from "./view";

/** As many characters as the terminal program's store has room for. */
const LONGEST_NAME = 255;

type Session = Chosen["session"];

export class RenameCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly view: SessionsView,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.renameSession": (given) => this.rename(given),
      "hfs.renameRow": async (row) => {
        const [first] = row === undefined ? await this.view.rowsForKey() : [row];
        return first instanceof SessionRow ? this.ask(() => first.session) : undefined;
      },
    };
  }

  /** Renames the session as a caller says, or as a person types. */
  private rename(given: unknown): Promise<SessionSummary | undefined> {
    const { session } = sessionArgument(given);
    if (session && isObject(given) && typeof given.name === "string") {
      return raised(this.put(session, given.name));
    }
    const placeholder = vscode.l10n.t("Choose a session to rename; type words of its name");
    return this.ask(() => session ?? pickSession(this.server, { placeholder }));
  }

  private ask(
    choose: () => Session | undefined | Promise<Session | undefined>,
  ): Promise<SessionSummary | undefined> {
    let session: Session | undefined;
    let name: string | undefined;
    return this.messages.guard(async () => {
      await requireChanges(this.server);
      // A second try is for the same session and name.
      session ??= await choose();
      name ??= session && (await typed(session));
      return session && name !== undefined ? this.put(session, name) : undefined;
    });
  }

  private async put({ id }: Session, name: string): Promise<SessionSummary> {
    const { session } = await this.server.request(RENAME_SESSION, { sessionId: id, name });
    this.view.put(session);
    return session;
  }
}

/** The name that a person typed, if it is another one. */
async function typed(session: Session): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const value = oneLine(session.name ?? "").slice(0, LONGEST_NAME);
  const name = await vscode.window.showInputBox({
    title: t("Rename Session"),
    prompt: t("The new name"),
    value,
    validateInput: (text) => problemOf(text.trim()),
  });
  return name?.trim() === value ? undefined : name?.trim();
}

function problemOf(name: string): string | undefined {
  const { t } = vscode.l10n;
  if (name === "") {
    return t("A session needs a name.");
  }
  return [...name].length > LONGEST_NAME
    ? t("A name has at most {0} characters.", LONGEST_NAME)
    : undefined;
}
