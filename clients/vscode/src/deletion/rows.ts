/** The deleted sessions in the view: a group at its end, from which they can be restored. */

import * as vscode from "vscode";
import type { SessionSummary } from "../server/protocol";
import { messagesOf, nameOf, timeText, toolName } from "../sessions/labels";
import type { Beginning } from "../sessions/pages";
import { moreRow } from "../sessions/rows";
import { toolIcon } from "../sessions/toolIcons";

/** The list that “Show More” in the group is about. */
export const DELETED = "deleted";

/** A deleted session, which can be restored, and nothing else. */
export class DeletedRow extends vscode.TreeItem {
  constructor(readonly session: SessionSummary) {
    super(nameOf(session));
    const { id, tool, deletedAt } = session;
    this.id = `deleted ${id}`;
    this.description = timeText(deletedAt ?? "");
    const when = vscode.l10n.t("Deleted: {0}", this.description);
    this.tooltip = [nameOf(session), when, toolName(tool), messagesOf(session)].join("\n");
    this.iconPath = toolIcon(tool);
    this.contextValue = "hfs.deletedSession";
    this.accessibilityInformation = { label: [nameOf(session), toolName(tool), when].join(", ") };
  }
}

/** The group of the deleted sessions, which is closed at first. */
export class DeletedGroup extends vscode.TreeItem {
  constructor(private readonly deleted: Beginning) {
    super(vscode.l10n.t("Deleted"), vscode.TreeItemCollapsibleState.Collapsed);
    const count = deleted.sessions.length.toLocaleString(vscode.env.language);
    this.id = "group deleted";
    this.description = deleted.isComplete ? count : `${count}+`;
    this.tooltip = vscode.l10n.t("Deleted sessions, which can be restored");
    this.iconPath = new vscode.ThemeIcon("trash");
    this.contextValue = "hfs.deletedGroup";
    this.accessibilityInformation = { label: `${this.tooltip}: ${this.description}` };
  }

  rows(): vscode.TreeItem[] {
    const { sessions, isComplete } = this.deleted;
    const rows = sessions.map((session) => new DeletedRow(session));
    return isComplete ? rows : [...rows, moreRow(DELETED)];
  }
}
