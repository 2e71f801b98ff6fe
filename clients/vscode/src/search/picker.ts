/** A QuickPick that searches while one types. Results are those of what stands there, or none. */

import * as vscode from "vscode";
import { type Failure, failureFrom } from "../errors";
import type { Server } from "../server/client";
import type { Match } from "../server/protocol";
import { pickFilters } from "./filters";
import { hintRows, type MatchButton, matchRow, moreRow, nothingRow, type Row } from "./rows";
import { filterText, isFiltered, type Search, type SearchFilters, searched } from "./search";

const PAGE = 50;
/** While the index is being built, there is more to find each time. */
const REFRESH_MILLISECONDS = 1000;

/** What the user chose: a match, to keep the results, or nothing. */
export type Choice = { match: Match } | { kept: Search } | undefined;

export interface Options {
  search: Search;
  buttons: MatchButton[];
  /** Gets what was searched for, to begin with it the next time. */
  onDidClose: (search: Search) => void;
}

/** What the user chooses. Raises Failure if the server cannot search. */
export function pickMatch(server: Server, options: Options): Promise<Choice> {
  return new Promise((resolve, reject) => {
    new SearchPicker(server, options, resolve, reject);
  });
}

class SearchPicker {
  private readonly pick = vscode.window.createQuickPick<Row>();
  private filters: SearchFilters;
  private matches: Match[] = [];
  private cursor: string | null = null;
  private isComplete = true;
  private isFiltering = false;
  private source = new vscode.CancellationTokenSource();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly options: Options,
    private readonly resolve: (choice: Choice) => void,
    private readonly reject: (failure: Failure) => void,
  ) {
    const { pick } = this;
    this.filters = options.search.filters;
    keepOrder(pick);
    pick.matchOnDescription = false;
    pick.matchOnDetail = false;
    pick.placeholder = vscode.l10n.t("Search in what was said, in all sessions");
    pick.value = options.search.query;
    pick.onDidChangeValue(() => this.load());
    pick.onDidAccept(() => this.accept(pick.selectedItems[0]));
    pick.onDidTriggerButton((button) => this.press(button));
    pick.onDidTriggerItemButton(({ button, item }) => {
      if (item.match) {
        (button as MatchButton).run(item.match);
        this.close(undefined);
      }
    });
    pick.onDidHide(() => this.isFiltering || this.close(undefined));
    pick.show();
    this.load();
  }

  private get typed(): string {
    return this.pick.value.trim();
  }

  private get search(): Search {
    return { query: this.pick.value, filters: this.filters, isTyping: true };
  }

  /** Searches for what stands there; with a cursor, for more. The search before is cancelled. */
  private async load(cursor?: string): Promise<void> {
    this.cancel();
    const { token } = this.source;
    this.pick.busy = this.typed !== "";
    if (this.typed === "") {
      this.matches = [];
      this.isComplete = true;
      this.show(hintRows());
      return;
    }
    try {
      const page = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
      const found = await searched(this.server, this.search, page, { token });
      if (token.isCancellationRequested) {
        return;
      }
      const before = cursor === undefined ? [] : this.matches;
      this.matches = [...before, ...found.matches];
      this.cursor = found.nextCursor;
      this.isComplete = found.isComplete;
      this.pick.busy = !found.isComplete;
      this.pick.keepScrollPosition = cursor !== undefined;
      this.show(this.rows());
      this.searchAgain(cursor);
    } catch (error) {
      if (!token.isCancellationRequested) {
        this.fail(error);
      }
    }
  }

  /** The same again while there is more to find, but not below a list that was made longer. */
  private searchAgain(cursor: string | undefined): void {
    if (!this.isComplete && cursor === undefined) {
      this.timer = setTimeout(() => this.load(), REFRESH_MILLISECONDS);
    }
  }

  private rows(): Row[] {
    const rows = this.matches.map((match) => matchRow(match, this.options.buttons));
    if (this.cursor !== null) {
      rows.push(moreRow(this.cursor));
    }
    return rows.length > 0
      ? rows
      : [nothingRow(this.typed, isFiltered(this.filters), this.isComplete)];
  }

  /** Shows the rows; the one that was active stays so if it is still there. */
  private show(rows: Row[]): void {
    const { pick } = this;
    const { t } = vscode.l10n;
    const active = pick.activeItems[0]?.match?.uri;
    const isSame = pick.items.map(keyOf).join("\n") === rows.map(keyOf).join("\n");
    if (!isSame) {
      pick.items = rows;
      const known = active && rows.find(({ match }) => match?.uri === active);
      if (known && pick.keepScrollPosition) {
        pick.activeItems = [known];
      }
    }
    pick.title = [
      t("Search Sessions"),
      filterText(this.filters),
      this.isComplete ? "" : t("the index is being built: more may be found"),
    ]
      .filter(Boolean)
      .join(" · ");
    pick.buttons = titleButtons(isFiltered(this.filters));
  }

  private press(button: vscode.QuickInputButton): void {
    if (button === KEEP) {
      this.close(this.typed === "" ? undefined : { kept: this.search });
    } else {
      this.filter();
    }
  }

  private async filter(): Promise<void> {
    this.cancel();
    this.isFiltering = true;
    try {
      this.filters = (await pickFilters(this.server, this.filters)) ?? this.filters;
    } catch (error) {
      this.fail(error);
      return;
    }
    this.isFiltering = false;
    this.pick.show();
    this.load();
  }

  private accept(row: Row | undefined): void {
    if (row?.cursor) {
      this.load(row.cursor);
    } else if (row?.match) {
      this.close({ match: row.match });
    }
  }

  private cancel(): void {
    clearTimeout(this.timer);
    this.source.cancel();
    this.source = new vscode.CancellationTokenSource();
  }

  private fail(error: unknown): void {
    this.reject(failureFrom(error));
    this.close(undefined);
  }

  private close(choice: Choice): void {
    this.options.onDidClose(this.search);
    this.resolve(choice);
    this.cancel();
    this.pick.dispose();
  }
}

const KEEP: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon("list-tree"),
  tooltip: vscode.l10n.t("Keep the Results in a View"),
};

function titleButtons(isFiltered: boolean): vscode.QuickInputButton[] {
  const iconPath = new vscode.ThemeIcon(isFiltered ? "filter-filled" : "filter");
  return [{ iconPath, tooltip: vscode.l10n.t("Filter by Tool and Project") }, KEEP];
}

function keyOf({ label, match, cursor, detail }: Row): string {
  return [match?.uri ?? label, detail, cursor].join("\n");
}

/** Leaves the rows as the server has ranked them; VS Code would sort them by their labels. */
function keepOrder(pick: vscode.QuickPick<Row>): void {
  Object.assign(pick, { sortByLabel: false });
}
