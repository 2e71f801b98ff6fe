/** The rows of the view: groups, sessions, and what to press for more. */

import * as vscode from "vscode";
import type { Failure } from "../errors";
import type { SessionSummary } from "../server/protocol";
import { oneLine, shortened } from "../text";
import type { DateSpan, Group } from "./groups";
import { descriptionsOf, nameOf, projectOf, type Shown, shortPath, toolName } from "./labels";
import { toolIcon } from "./toolIcons";

const LONGEST_MESSAGE = 300;
const LONGEST_PATH = 100;

/** What a row's command gets beside the row, when it was clicked and not chosen from a menu. */
export const CLICK = "click";
const SESSION = "hfs.session";

/** A row of the view; what its menus call gets it as the argument. */
export class SessionRow extends vscode.TreeItem {
  constructor(
    readonly session: SessionSummary,
    description: string,
  ) {
    super(nameOf(session));
    this.id = String(session.id);
    this.description = description;
    this.iconPath = toolIcon(session.tool);
    this.accessibilityInformation = {
      label: [nameOf(session), toolName(session.tool), description].join(", "),
    };
    if (session.childCount > 0) {
      this.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
    }
    this.contextValue = SESSION;
    this.command = { command: "hfs.openRow", title: "", arguments: [this, CLICK] };
  }
}

/** The sessions of those rows that are sessions, each once, in their order. */
export function sessionsOf(rows: readonly unknown[]): SessionSummary[] {
  const sessions = (rows as readonly Partial<SessionRow>[])
    .filter((row) => row?.contextValue === SESSION)
    .flatMap((row) => (row.session ? [row.session] : []));
  return [...new Map(sessions.map((session) => [session.id, session])).values()];
}

/** A group of sessions; how many there are is said when all are known. */
export class GroupRow extends vscode.TreeItem {
  constructor(
    readonly group: Group,
    isOpen: boolean,
    isComplete: boolean,
    isFiltered = false,
  ) {
    super(titleOf(group));
    const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
    // Another one than without a filter, since VS Code keeps what a person has closed.
    this.id = `${isFiltered ? "filtered " : ""}group ${group.key}`;
    this.collapsibleState = isOpen ? Expanded : Collapsed;
    const count = isComplete ? group.sessions.length.toLocaleString(vscode.env.language) : "";
    const path = group.kind === "project" ? shortPath(group.path) : "";
    this.description = [count, shortened(path, LONGEST_PATH)].filter(Boolean).join(" · ");
    this.tooltip = tooltipOf(group);
    this.iconPath = iconOf(group);
    this.contextValue = "hfs.group";
    const size = vscode.l10n.t("sessions: {0}", count);
    this.accessibilityInformation = {
      label: [titleOf(group), count && size, path].filter(Boolean).join(", "),
    };
  }
}

/** Rows for sessions of one list, in which equal names have different descriptions. */
export function sessionRows(sessions: readonly SessionSummary[], shown: Shown): SessionRow[] {
  const descriptions = descriptionsOf(sessions, shown);
  return sessions.map((session, n) => new SessionRow(session, descriptions[n] ?? ""));
}

export function moreRow(list: string): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Show More"));
  item.id = `more ${list}`;
  item.iconPath = new vscode.ThemeIcon("chevron-down");
  item.command = { command: "hfs.showMoreSessions", title: "", arguments: [list] };
  return item;
}

export function failureRow(failure: Failure): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Try Again"));
  item.description = shortened(failure.message, LONGEST_MESSAGE);
  item.tooltip = item.description;
  item.accessibilityInformation = { label: `${failure.message} ${item.label}` };
  item.iconPath = new vscode.ThemeIcon("warning");
  item.command = { command: "hfs.refreshSessions", title: "" };
  return item;
}

/** The rows of a view that has nothing else to show. */
export function failureRows(failure: Failure): vscode.TreeItem[] {
  const log = new vscode.TreeItem(vscode.l10n.t("Show Log"));
  log.iconPath = new vscode.ThemeIcon("output");
  log.command = { command: "hfs.showLog", title: "" };
  return [failureRow(failure), log];
}

function titleOf(group: Group): string {
  const { t } = vscode.l10n;
  switch (group.kind) {
    case "workspace":
      return t("This Workspace");
    case "project":
      return group.path === "" ? t("No Folder") : shortened(projectOf(group.path), LONGEST_PATH);
    case "tool":
      return toolName(group.tool);
    case "date":
      return spanName(group.span);
    case "rest":
      return t("Other Sessions");
  }
}

function spanName(span: DateSpan): string {
  const { t } = vscode.l10n;
  switch (span) {
    case "today":
      return t("Today");
    case "yesterday":
      return t("Yesterday");
    case "week":
      return t("This Week");
    case "month":
      return t("This Month");
    case "older":
      return t("Older");
  }
}

function tooltipOf(group: Group): string {
  const { t } = vscode.l10n;
  switch (group.kind) {
    case "workspace":
      return t("Sessions held in the folders of this workspace");
    case "project":
      return group.path === "" ? t("Sessions without a working directory") : oneLine(group.path);
    default:
      return titleOf(group);
  }
}

/** All have one, since rows are indented in another way below a row without. */
function iconOf(group: Group): vscode.ThemeIcon | vscode.Uri {
  switch (group.kind) {
    case "workspace":
      return new vscode.ThemeIcon("folder-opened");
    case "project":
      return new vscode.ThemeIcon(group.isOfWorkspace ? "folder-opened" : "folder");
    case "tool":
      return toolIcon(group.tool);
    default:
      return new vscode.ThemeIcon("calendar");
  }
}
