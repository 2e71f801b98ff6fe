/** A search: what was typed, where, and how the server is asked. */

import * as vscode from "vscode";
import { ownFailure } from "../errors";
import type { Server } from "../server/client";
import type { Work } from "../server/connection";
import { SEARCH, type SearchParams, type SearchResult } from "../server/protocol";
import { projectOf, toolName } from "../sessions/labels";
import { shortened } from "../text";
import { whileTyping } from "./query";

export interface SearchFilters {
  tools: readonly string[];
  project?: string | undefined;
}

export interface Search {
  /** What was typed. */
  query: string;
  /** Whether the last word may go on. */
  isTyping: boolean;
  filters: SearchFilters;
}

export const NO_FILTERS: SearchFilters = { tools: [] };

/** Whether a server announces this says whether it can search. */
const SEARCH_COMMAND = "hfs.server.search";
const LONGEST_PROJECT = 40;

export function isFiltered({ tools, project }: SearchFilters): boolean {
  return tools.length > 0 || project !== undefined;
}

/** The filters in a few words, or nothing. */
export function filterText({ tools, project }: SearchFilters): string {
  const where = project === undefined ? "" : shortened(projectOf(project), LONGEST_PROJECT);
  return [tools.map(toolName).join(", "), where].filter(Boolean).join(" · ");
}

/** A page of what is found; the rest of the params says which. Raises Failure. */
export async function searched(
  server: Server,
  { query, filters, isTyping }: Search,
  page: Omit<SearchParams, "query">,
  work: Work,
): Promise<SearchResult> {
  const { tools, project } = filters;
  return server.request(
    SEARCH,
    {
      query: isTyping ? whileTyping(query) : query,
      ...(tools.length > 0 && { tools: [...tools] }),
      ...(project !== undefined && { project }),
      ...page,
    },
    work,
  );
}

/** Raises Failure if the server cannot search. */
export async function requireSearch(server: Server): Promise<void> {
  await server.start();
  if (!server.announces(SEARCH_COMMAND)) {
    throw ownFailure(
      "serverTooOld",
      vscode.l10n.t("This hfs-server cannot search in sessions. Upgrade it."),
    );
  }
}
