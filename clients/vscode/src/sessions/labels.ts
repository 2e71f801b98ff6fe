/** A session in the words of a list. */

import * as vscode from "vscode";
import { machine } from "../server/finder";
import type { SessionSummary } from "../server/protocol";
import { LONGEST_TITLE, oneLine, shortened, withoutIcons } from "../text";

const LONGEST_NAME = 120;
const LONGEST_PREVIEW = 200;
const LONGEST_PART = 40;

const TOOLS: Readonly<Record<string, string>> = {
  hfs: "HFS",
  "claude-code": "Claude Code",
  codex: "Codex",
  "copilot-chat": "Copilot Chat",
  "copilot-cli": "Copilot CLI",
  cursor: "Cursor",
  "gemini-cli": "Gemini CLI",
  opencode: "opencode",
  cline: "Cline",
  "roo-code": "Roo Code",
  aider: "Aider",
  chatgpt: "ChatGPT",
  "claude-ai": "Claude.ai",
  llm: "llm",
  "openai-messages": "OpenAI messages",
  librechat: "LibreChat",
  "open-webui": "Open WebUI",
  specstory: "SpecStory",
};

/** The tool's name for people; the id of one that is not known here. */
export function toolName(tool: string): string {
  return (Object.hasOwn(TOOLS, tool) && TOOLS[tool]) || tool;
}

export function nameOf(session: { name: string }): string {
  return shortened(session.name, LONGEST_NAME) || vscode.l10n.t("(no name)");
}

/** The session within a sentence: its name in quotation marks, else its number. */
export function titleOf({ id, name }: { id: number; name?: string }): string {
  const { t } = vscode.l10n;
  const title = name === undefined ? "" : shortened(withoutIcons(name), LONGEST_TITLE);
  return title === "" ? t("session {0}", id) : t("“{0}”", title);
}

/** How much a list says of a session. */
export interface Shown {
  /** The icon says the tool, and the day is enough but for equal names. */
  isBrief?: boolean;
  /** It is the same for all. */
  hidesProject?: boolean;
}

/**
 * What stands beside each name: where it is from, when there was last activity and the number of
 * messages, and the id where all of that is equal, in front, since the end may be cut off.
 */
export function descriptionsOf(sessions: readonly SessionSummary[], shown: Shown = {}): string[] {
  const { isBrief = false } = shown;
  const names = countsOf(sessions.map(nameOf));
  const rows = sessions.map((session) => {
    const name = nameOf(session);
    const isAlone = names.get(name) === 1;
    const when = !isBrief ? whenOf(session) : isAlone ? dayOf(session) : timeOf(session);
    const description = [...originOf(session, shown), when, messagesOf(session)].join(" · ");
    return { name, session, description };
  });
  const equal = countsOf(rows.map(({ name, description }) => `${name}\n${description}`));
  return rows.map(({ name, description, session }) =>
    equal.get(`${name}\n${description}`) === 1 ? description : `#${session.id} · ${description}`,
  );
}

/** The tool, the project and the model, as far as they are known. A plain HFS session has none. */
function originOf(session: Partial<SessionSummary>, { isBrief, hidesProject }: Shown): string[] {
  const { tool = "hfs", models = [] } = session;
  const project = hidesProject ? "" : projectOf(session.workingDirectory ?? "");
  const model = models.length > 1 ? `${models[0]} +${models.length - 1}` : (models[0] ?? "");
  const isPlain = tool === "hfs" && project === "" && model === "";
  return [isPlain || isBrief ? "" : toolName(tool), project, model]
    .map((part) => shortened(part, LONGEST_PART))
    .filter(Boolean);
}

/** The last part of a working directory of any system. */
export function projectOf(directory: string): string {
  return directory.split(/[\\/]/).findLast(Boolean) ?? directory;
}

function countsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** When there was last activity, in the user's language and time zone. */
export function whenOf(session: SessionSummary): string {
  return timeText(session.updatedAt ?? session.createdAt);
}

/** The same in few letters: the time of today, else the day. */
function dayOf(session: SessionSummary): string {
  const { date, day } = partsOf(session);
  const isToday = date.toDateString() === new Date().toDateString();
  return inWords(session, isToday ? TIME : day);
}

/** The day and the time in few letters. */
function timeOf(session: SessionSummary): string {
  return inWords(session, { ...partsOf(session).day, ...TIME });
}

const TIME = { hour: "numeric", minute: "2-digit" } as const;

function partsOf(session: SessionSummary): { date: Date; day: Intl.DateTimeFormatOptions } {
  const date = new Date(session.updatedAt ?? session.createdAt);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return { date, day: { month: "short", day: "numeric", ...(!isThisYear && { year: "numeric" }) } };
}

function inWords(session: SessionSummary, options: Intl.DateTimeFormatOptions): string {
  const { date } = partsOf(session);
  return Number.isNaN(date.getTime())
    ? whenOf(session)
    : date.toLocaleString(vscode.env.language, options);
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
    shortened(session.preview ?? "", LONGEST_PREVIEW),
    vscode.l10n.t("Created: {0}", timeText(session.createdAt)),
    session.updatedAt ? vscode.l10n.t("Last activity: {0}", timeText(session.updatedAt)) : "",
    `${messagesOf(session)}, ${vscode.l10n.t("checkpoints: {0}", session.checkpointCount)}`,
    ...originDetails(session),
  ];
  return lines.filter((line) => line !== "").join("\n");
}

function originDetails(session: Partial<SessionSummary>): string[] {
  const { t } = vscode.l10n;
  const { tool = "hfs", workingDirectory, models = [], totalTokens, tags = [] } = session;
  const children = session.childCount ?? 0;
  return [
    tool === "hfs" ? "" : t("Tool: {0}", toolName(tool)),
    workingDirectory ? t("Folder: {0}", shortened(workingDirectory, LONGEST_PREVIEW)) : "",
    models.length > 0 ? t("Models: {0}", shortened(models.join(", "), LONGEST_PREVIEW)) : "",
    totalTokens ? t("Tokens: {0}", totalTokens.toLocaleString(vscode.env.language)) : "",
    children > 0 ? t("Sessions started by it: {0}", children) : "",
    tags.length > 0 ? t("Tags: {0}", shortened(tags.join(", "), LONGEST_PREVIEW)) : "",
  ];
}

export function timeText(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? time || "-"
    : date.toLocaleString(vscode.env.language, { dateStyle: "medium", timeStyle: "short" });
}

/** The path with `~` for the home folder. */
export function shortPath(path: string): string {
  const rest = path.slice(machine.home.length);
  const isBelow = path.startsWith(machine.home) && (rest === "" || /^[\\/]/.test(rest));
  return oneLine(isBelow && machine.home !== "/" ? `~${rest}` : path);
}
