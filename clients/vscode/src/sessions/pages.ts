/** The beginning of a list of the server's, page by page. */

import type { ListSessionsParams, SessionSummary } from "../server/protocol";
import type { ListPage } from "./sessionIndex";

const LARGEST_REQUEST = 500;

export interface Beginning {
  sessions: SessionSummary[];
  /** Whether there are no more. */
  isComplete: boolean;
}

/** The first sessions of the list, as many as are wanted. Raises what the list raises. */
export async function beginningOf(
  list: ListPage,
  params: ListSessionsParams,
  wanted: number,
): Promise<Beginning> {
  const sessions: SessionSummary[] = [];
  let cursor: string | null | undefined;
  do {
    const limit = Math.min(wanted - sessions.length, LARGEST_REQUEST);
    const page = await list({ ...params, limit, ...(cursor && { cursor }) });
    sessions.push(...page.sessions);
    cursor = page.nextCursor;
  } while (cursor && sessions.length < wanted);
  return { sessions, isComplete: !cursor };
}
