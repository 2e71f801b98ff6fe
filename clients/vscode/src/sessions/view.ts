/**
 * The sessions beside the explorer's files: newest first, in groups, as the store changes, and
 * those that a session started below it.
 */

import * as vscode from "vscode";
import { knowsDeletion } from "../deletion/required";
import { DELETED, DeletedGroup } from "../deletion/rows";
import { type Failure, failureFrom, ownFailure } from "../errors";
import type { Server } from "../server/client";
import {
  LIST_SESSIONS,
  type ListSessionsParams,
  type ListSessionsResult,
  type SessionSummary,
} from "../server/protocol";
import { lookForSources } from "./emptyView";
import { filtered, isFilter, NO_FILTER, type SessionFilter } from "./filter";
import { filterText } from "./filterBox";
import { grouping } from "./grouping";
import { type Group, type GroupBy, groupsOf, untilMidnight } from "./groups";
import { rowsForKey } from "./keyTargets";
import { detailsOf } from "./labels";
import { type Beginning, beginningOf } from "./pages";
import { failureRow, failureRows, GroupRow, moreRow, SessionRow, sessionRows } from "./rows";
import { type ListPage, SessionIndex } from "./sessionIndex";
import { workspaceFolders } from "./workspaceFolders";

const PAGE = 50;
/** The list of the sessions that are in no group. */
const TOP = "top";
const NONE: Beginning = { sessions: [], isComplete: true };

export class SessionsView implements vscode.TreeDataProvider<vscode.TreeItem>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private readonly index: SessionIndex;
  /** How many rows are wanted of each list. */
  private readonly wanted = new Map<string, number>();
  private readonly below = new Map<number, vscode.TreeItem[]>();
  private deleted: Beginning = NONE;
  private readonly view: vscode.TreeView<vscode.TreeItem>;
  /** Whether the next look may start a server: once for each time that a person asked. */
  private mayStart = true;
  /** Whether the store may have changed since the sessions were read. */
  private isOutdated = true;
  private loading: Promise<void> | undefined;
  private midnight: NodeJS.Timeout | undefined;
  /** The failure that the view shows now, for whoever asks for a new try. */
  failure: Failure | undefined;
  /** Which of the sessions are shown. */
  filter = NO_FILTER;

  constructor(
    private readonly server: Server,
    dragAndDropController?: vscode.TreeDragAndDropController<vscode.TreeItem>,
  ) {
    this.index = new SessionIndex(
      (params) => this.list(params),
      () => this.changed.fire(),
    );
    const redraw = () => this.changed.fire();
    this.view = vscode.window.createTreeView("hfs.sessions", {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
      ...(dragAndDropController && { dragAndDropController }),
    });
    this.subscriptions = [
      this.view,
      server.onDidChangeSessions(() => this.reload()),
      vscode.workspace.onDidChangeWorkspaceFolders(redraw),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("hfs.groupBy")) {
          redraw();
        }
      }),
    ];
  }

  /** Requests the sessions again, from a server that is started for it where none runs. */
  refresh(): void {
    this.mayStart = true;
    this.reload();
  }

  /** The same for a server that may have another store. */
  restart(): void {
    this.index.clear();
    this.below.clear();
    this.refresh();
  }

  /** Opens the view where it is closed, without taking the keyboard from what has it. */
  reveal(): void {
    vscode.commands.executeCommand("hfs.sessions.open", { preserveFocus: true });
  }

  /** Those that the view knows, with or without a filter. */
  get sessions(): readonly SessionSummary[] {
    return this.index.sessions;
  }

  setFilter(filter: SessionFilter): void {
    this.filter = filter;
    this.view.description = filterText(filter);
    vscode.commands.executeCommand("setContext", "hfs.hasFilter", isFilter(filter));
    this.changed.fire();
  }

  showMore(list: string): void {
    // Twice as many each time: the end of a long list is not far.
    this.wanted.set(list, 2 * this.wantedOf(list));
    if (list === DELETED) {
      this.reload();
    } else {
      this.changed.fire();
    }
  }

  /** Shows a session that was renamed or restored, before the store is read again. */
  put(session: SessionSummary): void {
    this.index.put(session);
    this.changed.fire();
  }

  /** Shows a session no more that was deleted, before the store is read again. */
  forget(id: number): void {
    this.index.remove(id);
    this.changed.fire();
  }

  /** The rows that a key is about. */
  rowsForKey(): Promise<readonly vscode.TreeItem[]> {
    return rowsForKey(this.view);
  }

  getTreeItem(item: vscode.TreeItem): vscode.TreeItem {
    return item;
  }

  /** The details are needed for the row under the mouse only. */
  resolveTreeItem(item: vscode.TreeItem): vscode.TreeItem {
    if (item instanceof SessionRow) {
      item.tooltip = detailsOf(item.session);
    }
    return item;
  }

  getChildren(parent?: vscode.TreeItem): vscode.TreeItem[] | Promise<vscode.TreeItem[]> {
    if (parent instanceof SessionRow) {
      return this.rowsBelow(parent.session.id);
    }
    if (parent instanceof DeletedGroup) {
      return parent.rows();
    }
    return parent instanceof GroupRow ? this.rowsIn(parent.group) : this.top();
  }

  dispose(): void {
    clearTimeout(this.midnight);
    this.index.clear();
    vscode.Disposable.from(...this.subscriptions, this.changed).dispose();
  }

  private reload(): void {
    this.isOutdated = true;
    this.changed.fire();
  }

  private wantedOf(list: string): number {
    return this.wanted.get(list) ?? PAGE;
  }

  private get mayAsk(): boolean {
    return this.mayStart || this.server.pid !== undefined;
  }

  private async top(): Promise<vscode.TreeItem[]> {
    if (this.isOutdated && this.mayAsk) {
      this.isOutdated = false;
      this.loading = this.load();
    }
    await this.loading;
    if (this.failure) {
      return this.failure.kind === "serverNotFound" ? [] : failureRows(this.failure);
    }
    const rows = [...this.groupRows(grouping()), ...this.deletedRows()];
    if (this.index.failure === undefined) {
      return rows;
    }
    const failure = failureFrom(this.index.failure);
    return failure.kind === "cancelled" ? rows : [...rows, failureRow(failure)];
  }

  private async load(): Promise<void> {
    try {
      await this.index.refresh();
      await this.readDeleted();
      this.failure = undefined;
    } catch (error) {
      this.failure = failureFrom(error);
    }
    this.mayStart = false;
    const state = stateOf(this.failure, this.index.sessions.length);
    setState(state);
    if (state === "empty") {
      // A view without this knowledge only says less.
      lookForSources(this.server).catch(() => {});
    }
    const hasDeleted = this.deleted.sessions.length > 0;
    vscode.commands.executeCommand("setContext", "hfs.hasDeleted", hasDeleted);
  }

  private async readDeleted(): Promise<void> {
    const list: ListPage = (params) => this.list(params);
    this.deleted = knowsDeletion(this.server)
      ? await beginningOf(list, { deleted: true }, this.wantedOf(DELETED))
      : NONE;
  }

  /** None in an empty store, whose view has words of its own. */
  private deletedRows(): vscode.TreeItem[] {
    const isThere = this.deleted.sessions.length > 0 && this.index.sessions.length > 0;
    if (isFilter(this.filter)) {
      return [];
    }
    return isThere ? [new DeletedGroup(this.deleted)] : [];
  }

  private groupRows(by: GroupBy): vscode.TreeItem[] {
    const sessions = filtered(this.index.sessions, this.filter);
    const groups = groupsOf(sessions, by, workspaceFolders(), new Date());
    const isFiltered = isFilter(this.filter);
    this.view.message =
      isFiltered && sessions.length === 0 ? vscode.l10n.t("No session fits the filter.") : "";
    this.redrawAtMidnight();
    return groups.flatMap((group, n) => {
      if (group.kind === "rest") {
        return this.rowsIn(group);
      }
      const isOpen = n === 0 || group.kind === "date" || isFiltered;
      return [new GroupRow(group, isOpen, this.index.isComplete, isFiltered)];
    });
  }

  private rowsIn(group: Group): vscode.TreeItem[] {
    const list = group.kind === "rest" ? TOP : group.key;
    const wanted = this.wantedOf(list);
    const hidesProject = group.kind === "project";
    const rows = sessionRows(group.sessions.slice(0, wanted), { isBrief: true, hidesProject });
    return group.sessions.length > wanted ? [...rows, moreRow(list)] : rows;
  }

  /** The sessions that a session started, page by page. */
  private async rowsBelow(parentId: number): Promise<vscode.TreeItem[]> {
    if (!this.mayAsk) {
      return this.below.get(parentId) ?? [];
    }
    try {
      const rows = await this.loadBelow(parentId);
      this.below.set(parentId, rows);
      return rows;
    } catch (error) {
      return [failureRow(failureFrom(error))];
    }
  }

  private async loadBelow(parentId: number): Promise<vscode.TreeItem[]> {
    const list = `below:${parentId}`;
    const wanted = this.wantedOf(list);
    const page: ListPage = (params) => this.list(params);
    const { sessions, isComplete } = await beginningOf(page, { parentId }, wanted);
    const rows = sessionRows(sessions, { isBrief: true, hidesProject: true });
    return isComplete ? rows : [...rows, moreRow(list)];
  }

  private async list(params: ListSessionsParams): Promise<ListSessionsResult> {
    if (!this.mayAsk) {
      throw ownFailure("cancelled", vscode.l10n.t("Cancelled."));
    }
    return this.server.request(LIST_SESSIONS, params);
  }

  /** The day is over then, and “Today” is another one. */
  private redrawAtMidnight(): void {
    clearTimeout(this.midnight);
    const wait = untilMidnight(new Date()) + 1000;
    this.midnight = setTimeout(() => this.changed.fire(), wait).unref();
  }
}

type State = "empty" | "sessions" | "noServer" | "failed";

function stateOf(failure: Failure | undefined, count: number): State {
  if (failure) {
    return failure.kind === "serverNotFound" ? "noServer" : "failed";
  }
  return count === 0 ? "empty" : "sessions";
}

function setState(state: State): void {
  vscode.commands.executeCommand("setContext", "hfs.sessions", state);
}
