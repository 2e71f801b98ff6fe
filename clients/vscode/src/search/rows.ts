/** What a search shows in the palette. */

import * as vscode from "vscode";
import type { Match } from "../server/protocol";
import { nameOf, projectOf, timeText, toolName } from "../sessions/labels";
import { toolIcon } from "../sessions/toolIcons";
import { shortened, withoutIcons } from "../text";
import { snippetOf } from "./snippets";

const LONGEST_PROJECT = 40;
const LONGEST_QUERY = 60;

export interface MatchButton extends vscode.QuickInputButton {
  run: (match: Match) => unknown;
}

export interface Row extends vscode.QuickPickItem {
  match?: Match;
  cursor?: string;
}

export function matchRow(match: Match, buttons: MatchButton[]): Row {
  const { session } = match;
  return {
    match,
    buttons,
    label: withoutIcons(nameOf(session)),
    description: withoutIcons(originOf(match)),
    detail: withoutIcons(shownText(match)),
    iconPath: toolIcon(session.tool),
    // The server has filtered already.
    alwaysShow: true,
  };
}

/** The tool, the project and the time, for who reads and for who listens. */
function originOf({ session, createdAt }: Match): string {
  const project = shortened(projectOf(session.workingDirectory ?? ""), LONGEST_PROJECT);
  const when = timeText(createdAt ?? session.updatedAt ?? session.createdAt);
  return [toolName(session.tool), project, when].filter(Boolean).join(" · ");
}

/** What was found; of a session whose name says it already, how it began. */
function shownText(match: Match): string {
  const { text } = snippetOf(match);
  const { preview } = match.session;
  const isName = match.messageIndex === 0 && text === nameOf(match.session);
  return (isName && preview ? preview : text) || " ";
}

export function moreRow(cursor: string): Row {
  const label = `$(chevron-down) ${vscode.l10n.t("Show more")}`;
  return { cursor, label, alwaysShow: true };
}

/** What stands there before anything is typed. */
export function hintRows(): Row[] {
  const { t } = vscode.l10n;
  return [
    {
      label: t("Type words of what was said"),
      detail: t('"a phrase" · -without · tool:codex · project:web · since:2026-01-01 · role:user'),
      alwaysShow: true,
    },
  ];
}

export function nothingRow(query: string, isFiltered: boolean, isComplete: boolean): Row {
  const { t } = vscode.l10n;
  const label = t("No session has “{0}”", withoutIcons(shortened(query, LONGEST_QUERY)));
  if (!isComplete) {
    return { label, detail: t("So far: the index is still being built."), alwaysShow: true };
  }
  return { label, ...(isFiltered && { detail: t("A filter is set.") }), alwaysShow: true };
}
