/** The commands of searching: as one types, and in the view that stays. */

import * as vscode from "vscode";
import { Chosen, isObject } from "../arguments";
import type { Commands } from "../commands";
import { failureFrom } from "../errors";
import type { Messages } from "../messages";
import type { Server } from "../server/client";
import { type Match, SEARCH, type SearchParams, type SearchResult } from "../server/protocol";
import { pickMatch } from "./picker";
import { MatchRow } from "./resultRows";
import { SearchResults } from "./results";
import type { MatchButton } from "./rows";
import { NO_FILTERS, requireSearch, type Search } from "./search";
import { foundTexts } from "./snippets";

export class SearchCommand implements vscode.Disposable {
  private readonly results: SearchResults;
  /** What was searched for last, filters included. */
  private last: Search = { query: "", filters: NO_FILTERS, isTyping: true };

  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly sessions: Commands,
  ) {
    this.results = new SearchResults(server);
  }

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.searchSessions": (given) => this.search(given),
      "hfs.refineSearch": () => this.pick(this.last),
      "hfs.refreshSearch": () => this.results.refresh(),
      "hfs.clearSearch": () => this.results.clear(),
      "hfs.showMoreMatches": (id) => this.messages.guard(() => this.results.showMore(idIn(id))),
      "hfs.openMatch": (row) => row instanceof MatchRow && this.open(row.match, {}, true),
      "hfs.previewMatch": (row) => row instanceof MatchRow && this.open(row.match, PREVIEW),
    };
  }

  dispose(): void {
    this.results.dispose();
  }

  /** For a person, or for a caller who says what to search for and gets what is found. */
  private async search(given: unknown): Promise<SearchResult | Match | undefined> {
    if (typeof given === "string") {
      return this.pick({ ...this.last, query: given, filters: NO_FILTERS });
    }
    if (isObject(given) && "query" in given) {
      return this.server.request(SEARCH, given as unknown as SearchParams).catch((error) => {
        throw failureFrom(error);
      });
    }
    return this.pick({ ...this.last, query: "" });
  }

  private pick(search: Search): Promise<Match | undefined> {
    return this.messages.guard(async () => {
      await requireSearch(this.server);
      const choice = await pickMatch(this.server, {
        search,
        buttons: this.buttons(),
        onDidClose: (last) => {
          this.last = last;
        },
      });
      if (choice === undefined) {
        return undefined;
      }
      if ("kept" in choice) {
        await this.results.show(choice.kept);
        return undefined;
      }
      await this.open(choice.match);
      return choice.match;
    });
  }

  private buttons(): MatchButton[] {
    const { t } = vscode.l10n;
    const button = (icon: string, tooltip: string, run: MatchButton["run"]) => ({
      iconPath: new vscode.ThemeIcon(icon),
      tooltip,
      run,
    });
    return [
      button("go-to-file", t("Open as Markdown"), (match) => this.open(match)),
      button("open-preview", t("Open Preview"), (match) => this.open(match, PREVIEW)),
      button("markdown", t("Export as Markdown"), (match) => this.export(match)),
    ];
  }

  private export({ session }: Match): unknown {
    return vscode.commands.executeCommand("hfs.exportMarkdown", new Chosen(session));
  }

  /** The session's tab or preview, at the very message. */
  private open(match: Match, how: { preview?: boolean } = {}, isRow = false): unknown {
    const { session, messageIndex } = match;
    const place =
      messageIndex > 0 ? { message: messageIndex, texts: foundTexts(match) } : undefined;
    const tab = isRow ? { preview: true, preserveFocus: true } : { preview: false };
    return this.sessions.open(new Chosen(session, { place, ...how }), tab);
  }
}

const PREVIEW = { preview: true };

function idIn(given: unknown): number | undefined {
  return typeof given === "number" ? given : undefined;
}
