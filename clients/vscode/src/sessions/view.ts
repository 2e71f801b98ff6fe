/** The sessions beside the explorer's files: newest first, page by page, as the store changes. */

import * as vscode from "vscode";
import { type Failure, failureFrom } from "../errors";
import type { Server } from "../server/client";
import { LIST_SESSIONS, type SessionSummary } from "../server/protocol";
import { shortened } from "../text";
import { descriptionsOf, detailsOf, nameOf } from "./labels";

const PAGE = 50;
const LARGEST_REQUEST = 500;
const LONGEST_MESSAGE = 300;

/** What a row's command gets beside the row, when it was clicked and not chosen from a menu. */
export const CLICK = "click";

/** A row of the view; what its menus call gets it as the argument. */
export class SessionRow extends vscode.TreeItem {
  constructor(
    readonly session: SessionSummary,
    description: string,
  ) {
    super(nameOf(session));
    this.id = String(session.id);
    this.description = description;
    this.tooltip = detailsOf(session);
    this.iconPath = new vscode.ThemeIcon("comment-discussion");
    this.contextValue = "hfs.session";
    this.command = { command: "hfs.openRow", title: "", arguments: [this, CLICK] };
  }
}

export class SessionsView implements vscode.TreeDataProvider<vscode.TreeItem>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private wanted = PAGE;
  private rows: vscode.TreeItem[] = [];
  /** Whether the next look may start a server: once for each time that a person asked. */
  private mayStart = true;
  /** The failure that the view shows now, for whoever asks for a new try. */
  failure: Failure | undefined;

  constructor(private readonly server: Server) {
    this.subscriptions = [
      vscode.window.createTreeView("hfs.sessions", { treeDataProvider: this }),
      server.onDidChangeSessions(() => this.changed.fire()),
    ];
  }

  /** Requests the sessions again, from a server that is started for it where none runs. */
  refresh(): void {
    this.mayStart = true;
    this.changed.fire();
  }

  showMore(): void {
    this.wanted += PAGE;
    this.refresh();
  }

  getTreeItem(item: vscode.TreeItem): vscode.TreeItem {
    return item;
  }

  async getChildren(parent?: vscode.TreeItem): Promise<vscode.TreeItem[]> {
    if (parent) {
      return [];
    }
    if (this.mayStart || this.server.pid !== undefined) {
      this.mayStart = false;
      this.rows = await this.load();
    }
    return this.rows;
  }

  private async load(): Promise<vscode.TreeItem[]> {
    try {
      const { sessions, hasMore } = await this.newest();
      this.failure = undefined;
      setState(sessions.length === 0 ? "empty" : "sessions");
      const descriptions = descriptionsOf(sessions, true);
      const rows = sessions.map((session, n) => new SessionRow(session, descriptions[n] ?? ""));
      return hasMore ? [...rows, moreRow()] : rows;
    } catch (error) {
      this.failure = failureFrom(error);
      const isAway = this.failure.kind === "serverNotFound";
      setState(isAway ? "noServer" : "failed");
      return isAway ? [] : [failureRow(this.failure)];
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changed).dispose();
  }

  private async newest(): Promise<{ sessions: SessionSummary[]; hasMore: boolean }> {
    const sessions: SessionSummary[] = [];
    let cursor: string | null | undefined;
    do {
      const limit = Math.min(this.wanted - sessions.length, LARGEST_REQUEST);
      const page = await this.server.request(LIST_SESSIONS, { limit, ...(cursor && { cursor }) });
      sessions.push(...page.sessions);
      cursor = page.nextCursor;
    } while (cursor && sessions.length < this.wanted);
    return { sessions, hasMore: Boolean(cursor) };
  }
}

function moreRow(): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Show More"));
  item.iconPath = new vscode.ThemeIcon("chevron-down");
  item.command = { command: "hfs.showMoreSessions", title: "" };
  return item;
}

function failureRow(failure: Failure): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Try Again"));
  item.description = shortened(failure.message, LONGEST_MESSAGE);
  item.tooltip = item.description;
  item.iconPath = new vscode.ThemeIcon("warning");
  item.command = { command: "hfs.refreshSessions", title: "" };
  return item;
}

function setState(state: "empty" | "sessions" | "noServer" | "failed"): void {
  vscode.commands.executeCommand("setContext", "hfs.sessions", state);
}
