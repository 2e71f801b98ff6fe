/** The rows of the search results: sessions, and what was found in each. */

import * as vscode from "vscode";
import type { Match } from "../server/protocol";
import { descriptionsOf, nameOf, timeText } from "../sessions/labels";
import { SessionRow } from "../sessions/rows";
import { snippetOf } from "./snippets";

const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

/** A session in which something was found; its menus are those of every session. */
export class FoundSession extends SessionRow {
  constructor(
    readonly match: Match,
    description: string,
    isOpen: boolean,
  ) {
    super(match.session, description);
    // Of another search it is another row, which is open or closed by itself.
    this.collapsibleState = isOpen ? Expanded : Collapsed;
    this.tooltip = snippetOf(match).text;
  }
}

/** Rows for one match of each session; the first ones are open. */
export function foundSessions(matches: readonly Match[], open: number): FoundSession[] {
  const descriptions = descriptionsOf(
    matches.map(({ session }) => session),
    { isBrief: true },
  );
  return matches.map((match, n) => new FoundSession(match, descriptions[n] ?? "", n < open));
}

/** A message in which something was found, or the name or the summary of its session. */
export class MatchRow extends vscode.TreeItem {
  constructor(readonly match: Match) {
    const { text, highlights } = snippetOf(match);
    super({ label: text, highlights });
    const { role, messageIndex, createdAt } = match;
    const when = createdAt ? timeText(createdAt) : "";
    this.description = when;
    this.iconPath = new vscode.ThemeIcon(iconOf(match));
    this.tooltip = [messageIndex > 0 ? `${messageIndex}. ${role}` : "", when, text]
      .filter(Boolean)
      .join("\n");
    this.contextValue = "hfs.match";
    this.command = { command: "hfs.openMatch", title: "", arguments: [this] };
    this.accessibilityInformation = { label: [nameOf(match.session), role, text].join(", ") };
  }
}

function iconOf({ messageIndex, role }: Match): string {
  if (messageIndex === 0) {
    return "tag";
  }
  const icons = new Map([
    ["user", "account"],
    ["assistant", "sparkle"],
    ["tool", "tools"],
  ]);
  return icons.get(role) ?? "comment";
}

/** The row that shows more of a list: of the sessions, or of the matches of one. */
export function moreMatchesRow(sessionId?: number): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Show More"));
  item.iconPath = new vscode.ThemeIcon("chevron-down");
  item.command = { command: "hfs.showMoreMatches", title: "", arguments: [sessionId] };
  return item;
}
