/** Sessions in groups: by project, by tool or by date, and those of the workspace first. */

import type { SessionSummary } from "../server/protocol";
import { activityOf } from "./sessionIndex";

export const GROUPINGS = ["project", "tool", "date", "none"] as const;
export type GroupBy = (typeof GROUPINGS)[number];

export const DATES = ["today", "yesterday", "week", "month", "older"] as const;
export type DateSpan = (typeof DATES)[number];

export type Group = { key: string; sessions: SessionSummary[] } & (
  | { kind: "workspace" }
  | { kind: "project"; path: string; isOfWorkspace: boolean }
  | { kind: "tool"; tool: string }
  | { kind: "date"; span: DateSpan }
  | { kind: "rest" }
);

/** A folder of the workspace; a link has two paths. */
export interface WorkspaceFolder {
  path: string;
  realPath: string;
}

/** The groups that have sessions, each session in one of them, and both in the order of the list. */
export function groupsOf(
  sessions: readonly SessionSummary[],
  by: GroupBy,
  folders: readonly WorkspaceFolder[],
  now: Date,
): Group[] {
  const own = new Map<string, Group>();
  const others = new Map<string, Group>();
  const spans = startsOf(now);
  const isNear = folderFinder(folders);
  for (const session of sessions) {
    const folder = isNear(session.workingDirectory);
    const groups = folder === undefined ? others : own;
    const made = folder === undefined ? groupFor(session, by, spans) : ownGroup(folder, by);
    const group = groups.get(made.key) ?? made;
    groups.set(made.key, group);
    group.sessions.push(session);
  }
  const isLast = (group: Group) => group.kind === "project" && group.path === "";
  const rest = [...others.values()];
  return [...own.values(), ...rest.filter((one) => !isLast(one)), ...rest.filter(isLast)];
}

function groupFor(session: SessionSummary, by: GroupBy, spans: readonly Span[]): Group {
  switch (by) {
    case "project":
      return projectGroup(session.workingDirectory ?? "", false);
    case "tool":
      return { kind: "tool", key: `tool:${session.tool}`, tool: session.tool, sessions: [] };
    case "date": {
      const time = Date.parse(activityOf(session));
      const span = spans.find(({ start }) => time >= start)?.span ?? "older";
      return { kind: "date", key: `date:${span}`, span, sessions: [] };
    }
    case "none":
      return { kind: "rest", key: "rest", sessions: [] };
  }
}

function ownGroup(folder: string, by: GroupBy): Group {
  return by === "project"
    ? projectGroup(folder, true)
    : { kind: "workspace", key: "workspace", sessions: [] };
}

function projectGroup(path: string, isOfWorkspace: boolean): Group {
  return { kind: "project", key: `project:${folded(path)}`, path, isOfWorkspace, sessions: [] };
}

interface Span {
  span: DateSpan;
  start: number;
}

/** Since when a time is in each span, in this machine's time zone; a week begins on Monday. */
function startsOf(now: Date): Span[] {
  const day = (offset: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset).getTime();
  return [
    { span: "today", start: day(0) },
    { span: "yesterday", start: day(-1) },
    { span: "week", start: day(-((now.getDay() + 6) % 7)) },
    { span: "month", start: new Date(now.getFullYear(), now.getMonth(), 1).getTime() },
  ];
}

/** How many milliseconds are left of the day, in this machine's time zone. */
export function untilMidnight(now: Date): number {
  const next = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  return next.getTime() - now.getTime();
}

/** Finds the innermost folder of the workspace that a working directory is in. */
function folderFinder(folders: readonly WorkspaceFolder[]) {
  const known = folders
    .flatMap(({ path, realPath }) => [path, realPath].map((one) => ({ path, key: folded(one) })))
    .toSorted((one, other) => other.key.length - one.key.length);
  const found = new Map<string, string | undefined>();
  return (directory: string | null): string | undefined => {
    if (directory === null || directory === "") {
      return undefined;
    }
    if (!found.has(directory)) {
      const place = `${folded(directory)}/`;
      found.set(directory, known.find(({ key }) => place.startsWith(`${key}/`))?.path);
    }
    return found.get(directory);
  };
}

/** A path such that equal ones are equal: on Windows, cases and slashes make no difference. */
export function folded(path: string): string {
  const isOfWindows = /^([a-z]:|\\\\)/i.test(path);
  const text = isOfWindows ? path.replaceAll("\\", "/").toLowerCase() : path;
  return text.replace(/\/+$/, "");
}
