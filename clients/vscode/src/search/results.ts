/** The results of a search in a view that stays: sessions, and below each what was found in it. */

import * as vscode from "vscode";
import { failureFrom } from "../errors";
import type { Server } from "../server/client";
import { failureRow } from "../sessions/rows";
import { shortened } from "../text";
import { MatchList } from "./matchList";
import { FoundSession, foundSessions, MatchRow, moreMatchesRow } from "./resultRows";
import { filterText, type Search, searched } from "./search";

const SESSIONS = 50;
const MATCHES = 20;
/** How many sessions show what was found in them from the beginning. */
const OPEN = 10;
const REFRESH_MILLISECONDS = 2000;
const LONGEST_QUERY = 60;

export class SearchResults implements vscode.TreeDataProvider<vscode.TreeItem>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.TreeItem | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<vscode.TreeItem>;
  private search: Search | undefined;
  private source = new vscode.CancellationTokenSource();
  private found: MatchList | undefined;
  private readonly inSession = new Map<number, MatchList>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly server: Server) {
    this.view = vscode.window.createTreeView("hfs.searchResults", {
      treeDataProvider: this,
      showCollapseAll: true,
    });
  }

  /** What the view shows, to change it. */
  get shown(): Search | undefined {
    return this.search;
  }

  /** Shows the results, and opens the view without taking the keyboard from what has it. */
  async show(search: Search): Promise<void> {
    this.search = search;
    this.refresh();
    await vscode.commands.executeCommand("setContext", "hfs.hasSearch", true);
    await vscode.commands.executeCommand("hfs.searchResults.open", { preserveFocus: true });
  }

  /** Searches again. */
  refresh(): void {
    this.stop();
    const { search } = this;
    this.found = search && this.list(search, { limit: SESSIONS });
    this.view.message = search ? titleOf(search) : "";
    this.changed.fire(undefined);
  }

  /** Forgets the search; the view goes away. */
  clear(): void {
    this.search = undefined;
    this.refresh();
    vscode.commands.executeCommand("setContext", "hfs.hasSearch", false);
  }

  async showMore(sessionId?: number): Promise<void> {
    await (sessionId === undefined ? this.found : this.inSession.get(sessionId))?.more();
    this.changed.fire(undefined);
  }

  getTreeItem(item: vscode.TreeItem): vscode.TreeItem {
    return item;
  }

  async getChildren(parent?: vscode.TreeItem): Promise<vscode.TreeItem[]> {
    try {
      return parent instanceof FoundSession ? await this.matchesOf(parent) : await this.sessions();
    } catch (error) {
      const failure = failureFrom(error);
      return failure.kind === "cancelled" ? [] : [retryRow(failureRow(failure))];
    }
  }

  dispose(): void {
    this.stop();
    vscode.Disposable.from(this.view, this.changed).dispose();
  }

  private async sessions(): Promise<vscode.TreeItem[]> {
    const { found, search } = this;
    if (found === undefined || search === undefined) {
      return [];
    }
    await found.ready();
    if (found !== this.found) {
      // Another search has taken its place, and is asked for by itself.
      return [];
    }
    this.view.message = titleOf(search, found);
    clearTimeout(this.timer);
    if (!found.isComplete) {
      this.timer = setTimeout(() => this.refresh(), REFRESH_MILLISECONDS);
    }
    const rows = foundSessions(found.matches, OPEN);
    return found.cursor === null ? rows : [...rows, moreMatchesRow()];
  }

  private async matchesOf({ session }: FoundSession): Promise<vscode.TreeItem[]> {
    const { search } = this;
    const known = this.inSession.get(session.id);
    const list = known ?? (search && this.list(search, { limit: MATCHES, sessionId: session.id }));
    if (list === undefined) {
      return [];
    }
    this.inSession.set(session.id, list);
    await list.ready();
    const rows = list.matches.map((match) => new MatchRow(match));
    return list.cursor === null ? rows : [...rows, moreMatchesRow(session.id)];
  }

  private list(search: Search, params: { limit: number; sessionId?: number }): MatchList {
    const { token } = this.source;
    return new MatchList((cursor) =>
      searched(this.server, search, { ...params, ...(cursor && { cursor }) }, { token }),
    );
  }

  /** Ends what is being searched, and forgets what was found. */
  private stop(): void {
    clearTimeout(this.timer);
    this.source.cancel();
    this.source = new vscode.CancellationTokenSource();
    this.inSession.clear();
  }
}

/** What was searched for, and what there is of it. */
function titleOf({ query, filters }: Search, found?: MatchList): string {
  const { t } = vscode.l10n;
  const parts = [`“${shortened(query, LONGEST_QUERY)}”`, filterText(filters)];
  if (found) {
    const { length } = found.matches;
    const count = `${length}${found.cursor === null ? "" : "+"}`;
    parts.push(length === 1 ? t("1 session") : t("{0} sessions", count));
    parts.push(found.isComplete ? "" : t("the index is being built: more may be found"));
  }
  return parts.filter(Boolean).join(" · ");
}

function retryRow(row: vscode.TreeItem): vscode.TreeItem {
  row.command = { command: "hfs.refreshSearch", title: "" };
  return row;
}
