/** A session in the words of a list. */

import * as vscode from "vscode";
import type { SessionSummary } from "./protocol";
import { oneLine } from "./text";

export function nameOf(session: { name: string }): string {
  return oneLine(session.name) || vscode.l10n.t("(no name)");
}

/** When there was last activity, in the user's language and time zone. */
export function whenOf(session: SessionSummary): string {
  return momentOf(session.updatedAt ?? session.createdAt);
}

/** The same in few letters: the time of today, else the day. */
export function dayOf(session: SessionSummary): string {
  const date = new Date(session.updatedAt ?? session.createdAt);
  const now = new Date();
  if (Number.isNaN(date.getTime())) {
    return whenOf(session);
  }
  if (date.toDateString() === now.toDateString()) {
    return date.toLocaleTimeString(vscode.env.language, { timeStyle: "short" });
  }
  const isThisYear = date.getFullYear() === now.getFullYear();
  const year = isThisYear ? {} : { year: "numeric" as const };
  return date.toLocaleDateString(vscode.env.language, { month: "short", day: "numeric", ...year });
}

export function messagesOf(session: { messageCount: number }): string {
  return session.messageCount === 1
    ? vscode.l10n.t("1 message")
    : vscode.l10n.t("{0} messages", session.messageCount);
}

/** Everything that is known of a session without reading it. */
export function detailsOf(session: SessionSummary): string {
  const lines = [
    nameOf(session),
    session.preview ?? "",
    vscode.l10n.t("Created: {0}", momentOf(session.createdAt)),
    session.updatedAt ? vscode.l10n.t("Last activity: {0}", momentOf(session.updatedAt)) : "",
    `${messagesOf(session)}, ${vscode.l10n.t("checkpoints: {0}", session.checkpointCount)}`,
  ];
  return lines.filter((line) => line !== "").join("\n");
}

function momentOf(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? time || "-"
    : date.toLocaleString(vscode.env.language, { dateStyle: "medium", timeStyle: "short" });
}
