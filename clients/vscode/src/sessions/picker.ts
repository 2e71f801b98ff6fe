/** A QuickPick over all sessions: the server filters, so none is out of reach. */

import * as vscode from "vscode";
import { type Failure, failureFrom } from "../errors";
import type { Server } from "../server/client";
import { LIST_SESSIONS, type ListSessionsResult, type SessionSummary } from "../server/protocol";
import { shortened, withoutIcons } from "../text";
import { descriptionsOf, nameOf } from "./labels";

const PAGE = 100;
const TYPING_MILLISECONDS = 120;

export interface RowButton extends vscode.QuickInputButton {
  run: (session: SessionSummary) => unknown;
}

interface Row extends vscode.QuickPickItem {
  session?: SessionSummary;
  cursor?: string;
  buttons?: RowButton[];
}

export interface Choice {
  placeholder: string;
  /** Whether the deleted sessions are to choose from, not the others. */
  isDeleted?: boolean;
  buttons?: RowButton[];
}

/** The session that the user chooses, or undefined. Raises Failure if there is no list to show. */
export function pickSession(server: Server, choice: Choice): Promise<SessionSummary | undefined> {
  return new Promise((resolve, reject) => {
    new SessionPicker(server, choice, resolve, reject);
  });
}

class SessionPicker {
  private readonly pick = vscode.window.createQuickPick<Row>();
  private sessions: SessionSummary[] = [];
  private source = new vscode.CancellationTokenSource();
  private typing: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly choice: Choice,
    private readonly resolve: (session: SessionSummary | undefined) => void,
    private readonly reject: (failure: Failure) => void,
  ) {
    this.pick.placeholder = choice.placeholder;
    this.pick.onDidChangeValue(() => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.load(), TYPING_MILLISECONDS);
    });
    this.pick.onDidAccept(() => this.accept(this.pick.selectedItems[0]));
    this.pick.onDidTriggerItemButton(({ button, item }) => {
      if (item.session) {
        (button as RowButton).run(item.session);
        this.close(undefined);
      }
    });
    this.pick.onDidHide(() => this.close(undefined));
    this.pick.show();
    this.load();
  }

  /** Shows the sessions that fit what was typed; with a cursor, more of them. */
  private async load(cursor?: string): Promise<void> {
    this.source.cancel();
    this.source = new vscode.CancellationTokenSource();
    const { token } = this.source;
    this.pick.busy = true;
    try {
      const words = wordsOf(this.pick.value);
      const page = await this.page(words, cursor);
      if (token.isCancellationRequested) {
        return;
      }
      const before = cursor === undefined ? [] : this.sessions;
      const found = page.sessions.filter(({ name }) => hasWords(name, words));
      this.sessions = [...before, ...found];
      if (found.length === 0 && page.nextCursor !== null) {
        return await this.load(page.nextCursor);
      }
      const descriptions = descriptionsOf(this.sessions);
      const rows = this.sessions.map((session, n) => this.row(session, descriptions[n] ?? ""));
      if (page.nextCursor !== null) {
        rows.push(moreRow(page.nextCursor));
      }
      this.pick.keepScrollPosition = cursor !== undefined;
      this.pick.items = rows.length > 0 ? rows : [this.emptyRow(words.join(" "))];
      this.pick.busy = false;
    } catch (error) {
      if (!token.isCancellationRequested) {
        this.reject(failureFrom(error));
        this.close(undefined);
      }
    }
  }

  /** The server finds one part of a name; the longest word leaves the fewest to look at. */
  private page(words: string[], cursor?: string): Promise<ListSessionsResult> {
    const query = words.toSorted((one, other) => other.length - one.length)[0];
    return this.server.request(LIST_SESSIONS, {
      limit: PAGE,
      ...(this.choice.isDeleted && { deleted: true }),
      ...(query && { query }),
      ...(cursor && { cursor }),
    });
  }

  private accept(row: Row | undefined): void {
    if (row?.cursor) {
      this.load(row.cursor);
    } else if (row?.session) {
      this.close(row.session);
    }
  }

  private close(session: SessionSummary | undefined): void {
    this.resolve(session);
    clearTimeout(this.typing);
    this.source.cancel();
    this.pick.dispose();
  }

  private row(session: SessionSummary, description: string): Row {
    return {
      session,
      label: withoutIcons(nameOf(session)),
      description,
      ...(session.preview && { detail: withoutIcons(session.preview) }),
      buttons: this.choice.buttons ?? [],
      // The server has filtered already.
      alwaysShow: true,
    };
  }

  private emptyRow(query: string): Row {
    const { t } = vscode.l10n;
    if (query !== "") {
      return { label: t("No session is named “{0}”", shortened(query, 60)), alwaysShow: true };
    }
    return this.choice.isDeleted
      ? { label: t("There are no deleted sessions"), alwaysShow: true }
      : {
          label: t("There are no sessions yet"),
          detail: t("“HFS: Import Sessions…” finds those of other tools."),
          alwaysShow: true,
        };
  }
}

function wordsOf(typed: string): string[] {
  return typed.split(/\s+/).filter((word) => word !== "");
}

function hasWords(name: string, words: string[]): boolean {
  const folded = name.toLowerCase();
  return words.length < 2 || words.every((word) => folded.includes(word.toLowerCase()));
}

function moreRow(cursor: string): Row {
  return {
    cursor,
    label: `$(chevron-down) ${vscode.l10n.t("Show more")}`,
    detail: vscode.l10n.t("Or type words of the name: all sessions are searched."),
    alwaysShow: true,
  };
}
