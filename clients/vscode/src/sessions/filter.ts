/** Which sessions the view shows: words, tools and projects. */

import type { SessionSummary } from "../server/protocol";
import { folded } from "./groups";

export interface SessionFilter {
  /** Words that must all be in the name, the first prompt, the models, the tags or the folder. */
  text: string;
  /** One of these tools; none for all. */
  tools: readonly string[];
  /** One of these folders, or one below; none for all. */
  projects: readonly string[];
}

export const NO_FILTER: SessionFilter = { text: "", tools: [], projects: [] };

export function isFilter({ text, tools, projects }: SessionFilter): boolean {
  return text.trim() !== "" || tools.length > 0 || projects.length > 0;
}

/** The sessions that fit, in their order. */
export function filtered(
  sessions: readonly SessionSummary[],
  filter: SessionFilter,
): readonly SessionSummary[] {
  if (!isFilter(filter)) {
    return sessions;
  }
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const projects = filter.projects.map((path) => `${folded(path)}/`);
  return sessions.filter(
    (session) =>
      (filter.tools.length === 0 || filter.tools.includes(session.tool)) &&
      (projects.length === 0 || isBelow(session.workingDirectory, projects)) &&
      hasAll(session, words),
  );
}

function isBelow(directory: string | null, projects: readonly string[]): boolean {
  const place = `${folded(directory ?? "")}/`;
  return Boolean(directory) && projects.some((path) => place.startsWith(path));
}

function hasAll(session: SessionSummary, words: readonly string[]): boolean {
  if (words.length === 0) {
    return true;
  }
  const { name, preview, workingDirectory, models, tags } = session;
  const text = [name, preview, workingDirectory, ...models, ...tags].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}
