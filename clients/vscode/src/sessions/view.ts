/**
 * The sessions beside the explorer's files: newest first, page by page, as the store changes, and
 * those that a session started below it.
 */

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
    if (session.childCount > 0) {
      this.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
    }
    this.contextValue = "hfs.session";
    this.command = { command: "hfs.openRow", title: "", arguments: [this, CLICK] };
  }
}

export class SessionsView implements vscode.TreeDataProvider<vscode.TreeItem>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  /** Of the top, and of each session with children: how many rows are wanted, and the last ones. */
  private readonly levels = new Map<number | undefined, Level>();
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

  showMore(parentId?: number): void {
    this.level(parentId).wanted += PAGE;
    this.refresh();
  }

  getTreeItem(item: vscode.TreeItem): vscode.TreeItem {
    return item;
  }

  async getChildren(parent?: vscode.TreeItem): Promise<vscode.TreeItem[]> {
    const parentId = parent instanceof SessionRow ? parent.session.id : undefined;
    const level = this.level(parentId);
    if (this.mayStart || this.server.pid !== undefined) {
      this.mayStart = false;
      level.rows = await (parentId === undefined ? this.load() : this.loadBelow(parentId));
    }
    return level.rows;
  }

  private level(parentId: number | undefined): Level {
    const level = this.levels.get(parentId) ?? { wanted: PAGE, rows: [] };
    this.levels.set(parentId, level);
    return level;
  }

  private async load(): Promise<vscode.TreeItem[]> {
    try {
      const rows = await this.newest();
      this.failure = undefined;
      setState(rows.length === 0 ? "empty" : "sessions");
      return rows;
    } catch (error) {
      this.failure = failureFrom(error);
      const isAway = this.failure.kind === "serverNotFound";
      setState(isAway ? "noServer" : "failed");
      return isAway ? [] : [failureRow(this.failure)];
    }
  }

  private async loadBelow(parentId: number): Promise<vscode.TreeItem[]> {
    try {
      return await this.newest(parentId);
    } catch (error) {
      return [failureRow(failureFrom(error))];
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changed).dispose();
  }

  private async newest(parentId?: number): Promise<vscode.TreeItem[]> {
    const { wanted } = this.level(parentId);
    const below = parentId === undefined ? {} : { parentId };
    const sessions: SessionSummary[] = [];
    let cursor: string | null | undefined;
    do {
      const limit = Math.min(wanted - sessions.length, LARGEST_REQUEST);
      const params = { ...below, limit, ...(cursor && { cursor }) };
      const page = await this.server.request(LIST_SESSIONS, params);
      sessions.push(...page.sessions);
      cursor = page.nextCursor;
    } while (cursor && sessions.length < wanted);
    const descriptions = descriptionsOf(sessions, true);
    const rows = sessions.map((session, n) => new SessionRow(session, descriptions[n] ?? ""));
    return cursor ? [...rows, moreRow(parentId)] : rows;
  }
}

interface Level {
  wanted: number;
  rows: vscode.TreeItem[];
}

function moreRow(parentId: number | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Show More"));
  item.iconPath = new vscode.ThemeIcon("chevron-down");
  item.command = { command: "hfs.showMoreSessions", title: "", arguments: [parentId] };
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
