/** A list of matches that grows page by page. */

import type { Match, SearchResult } from "../server/protocol";

export class MatchList {
  matches: Match[] = [];
  cursor: string | null = null;
  isComplete = true;
  private loading: Promise<void> | undefined;

  constructor(private readonly page: (cursor: string | undefined) => Promise<SearchResult>) {}

  /** Waits until there is something to show. Raises Failure. */
  async ready(): Promise<void> {
    this.loading ??= this.load(undefined);
    await this.loading;
  }

  async more(): Promise<void> {
    await this.ready();
    if (this.cursor !== null) {
      await this.load(this.cursor);
    }
  }

  private async load(cursor: string | undefined): Promise<void> {
    const { matches, nextCursor, isComplete } = await this.page(cursor);
    this.matches = [...this.matches, ...matches];
    this.cursor = nextCursor;
    this.isComplete = isComplete;
  }
}
