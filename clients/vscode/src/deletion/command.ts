/** The commands that delete sessions, and restore them. */

import * as vscode from "vscode";
import { type Chosen, isAttended, sessionArgument } from "../arguments";
import { type Failure, failureFrom, raised } from "../errors";
import { type Messages, show } from "../messages";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import { DELETE_SESSION, RESTORE_SESSION, type SessionSummary } from "../server/protocol";
import { titleOf } from "../sessions/labels";
import { pickSession } from "../sessions/picker";
import { SessionRow } from "../sessions/rows";
import type { SessionsView } from "../sessions/view";
import { requireChanges } from "./required";
import { DeletedRow } from "./rows";

const SHOWN_MILLISECONDS = 5000;

type Session = Chosen["session"] & Partial<SessionSummary>;
type Change = (session: Session, token?: vscode.CancellationToken) => Promise<unknown>;

export class DeletionCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly view: SessionsView,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.deleteSession": (given) => this.deleteOne(given),
      "hfs.deleteRow": async (row, rows) =>
        this.deleteAll(sessionsIn(await this.rows(row, rows), SessionRow)),
      "hfs.restoreSession": (given) => this.restoreOne(given),
      "hfs.restoreRow": async (row, rows) =>
        this.restoreAll(sessionsIn(await this.rows(row, rows), DeletedRow)),
    };
  }

  /** The rows that a menu gave, or those that a key is about. */
  private rows(row: unknown, rows: unknown): Promise<readonly unknown[]> | readonly unknown[] {
    return row === undefined ? this.view.rowsForKey() : Array.isArray(rows) ? rows : [row];
  }

  private deleteOne(given: unknown): Promise<unknown> {
    const argument = sessionArgument(given);
    const { session } = argument;
    if (session && !isAttended(given, argument)) {
      return raised(this.delete(session));
    }
    return this.messages.guard(async () => {
      const placeholder = vscode.l10n.t("Choose a session to delete; it can be restored");
      await requireChanges(this.server);
      const chosen = session ?? (await pickSession(this.server, { placeholder }));
      await (chosen && this.deleteAll([chosen]));
    });
  }

  private restoreOne(given: unknown): Promise<unknown> {
    const { session } = sessionArgument(given);
    if (session) {
      return raised(this.restore(session));
    }
    return this.messages.guard(async () => {
      const placeholder = vscode.l10n.t("Choose a deleted session to restore");
      await requireChanges(this.server);
      const chosen = await pickSession(this.server, { placeholder, isDeleted: true });
      await (chosen && this.restoreAll([chosen]));
    });
  }

  /** Deletes the sessions, and offers to undo that. */
  private deleteAll(sessions: readonly Session[]): Promise<void> {
    const title = (what: string) => vscode.l10n.t("Deleting {0}", what);
    return this.each(sessions, title, this.delete, (deleted) => {
      const undo = () => this.restoreAll(deleted.toReversed());
      show(vscode.window.showInformationMessage, sentenceOf(deleted), [
        { title: vscode.l10n.t("Undo"), run: undo },
      ]);
    });
  }

  private restoreAll(sessions: readonly Session[]): Promise<void> {
    const title = (what: string) => vscode.l10n.t("Restoring {0}", what);
    return this.each(sessions, title, this.restore, (restored) => {
      const sentence = vscode.l10n.t("Restored {0}", whatOf(restored));
      vscode.window.setStatusBarMessage(`$(check) ${sentence}`, SHOWN_MILLISECONDS);
    });
  }

  private readonly delete: Change = async (session, token) => {
    const params = { sessionId: session.id };
    const result = await this.server.request(DELETE_SESSION, params, { ...(token && { token }) });
    this.view.forget(session.id);
    return result;
  };

  private readonly restore: Change = async (session, token) => {
    const params = { sessionId: session.id };
    const result = await this.server.request(RESTORE_SESSION, params, { ...(token && { token }) });
    this.view.put(result.session);
    return result.session;
  };

  /** Changes one session after the other; a failure takes back nothing of what was done before. */
  private each(
    sessions: readonly Session[],
    title: (what: string) => string,
    change: Change,
    onDone: (done: Session[]) => void,
  ): Promise<void> {
    const work = async () => {
      if (sessions.length === 0) {
        return;
      }
      await requireChanges(this.server);
      const { done, failures } = await withPercentage(title(whatOf(sessions)), (token, onPercent) =>
        changed(sessions, (session) => change(session, token), token, onPercent),
      );
      if (done.length > 0) {
        onDone(done);
        // The results of a search do not follow the store by themselves.
        vscode.commands.executeCommand("hfs.refreshSearch");
      }
      // A session of which the one that started it took it along is where it was to be.
      const [failure] = failures.filter(
        ({ kind }) => done.length === 0 || kind !== "sessionNotFound",
      );
      if (failure) {
        throw failure;
      }
    };
    return this.messages.guard(work) as Promise<void>;
  }
}

async function changed(
  sessions: readonly Session[],
  change: (session: Session) => Promise<unknown>,
  token: vscode.CancellationToken,
  onPercent: (percent: number) => void,
): Promise<{ done: Session[]; failures: Failure[] }> {
  const done: Session[] = [];
  const failures: Failure[] = [];
  for (const [n, session] of sessions.entries()) {
    if (token.isCancellationRequested) {
      break;
    }
    try {
      await change(session);
      done.push(session);
    } catch (error) {
      failures.push(failureFrom(error));
    }
    onPercent((100 * (n + 1)) / sessions.length);
  }
  return { done, failures };
}

/** The sessions of those rows that are of this kind. */
function sessionsIn(
  rows: readonly unknown[],
  kind: typeof SessionRow | typeof DeletedRow,
): Session[] {
  return rows.flatMap((row) => (row instanceof kind ? [row.session] : []));
}

/** One session by its name, several by their number. */
function whatOf(sessions: readonly Session[]): string {
  const { t } = vscode.l10n;
  const [first, ...more] = sessions;
  return first === undefined || more.length > 0
    ? t("{0} sessions", sessions.length)
    : titleOf(first);
}

function sentenceOf(deleted: readonly Session[]): string {
  const { t } = vscode.l10n;
  const [first, ...more] = deleted;
  return first?.childCount && more.length === 0
    ? t("Deleted {0} and the sessions that it started.", whatOf(deleted))
    : t("Deleted {0}.", whatOf(deleted));
}
