/**
 * All sessions of the store, newest first, page by page: groups are right only if they know all.
 *
 * The first page is there immediately, and the others follow by themselves. A page takes the place
 * of the part of the list that it covers, so that no session is lost or listed twice when the store
 * changes in between.
 */

import type { ListSessionsParams, ListSessionsResult, SessionSummary } from "../server/protocol";

export type ListPage = (params: ListSessionsParams) => Promise<ListSessionsResult>;

export interface Pace {
  first: number;
  others: number;
  /** The rest is read again at the earliest after so many milliseconds, */
  pause: number;
  /** and after so many times as long as it took. */
  rest: number;
}

const PACE: Pace = { first: 50, others: 500, pause: 2000, rest: 20 };

export class SessionIndex {
  sessions: readonly SessionSummary[] = [];
  /** Whether these are all sessions. */
  isComplete = false;
  /** Why the sessions after the first ones could not be read. */
  failure: unknown;
  private reading: "no" | "yes" | "again" = "no";
  private epoch = 0;
  private ready = 0;

  /** `onDidLoad` is called when the sessions after the first ones are there, or cannot be read. */
  constructor(
    private readonly list: ListPage,
    private readonly onDidLoad: () => void,
    private readonly pace: Pace = PACE,
  ) {}

  /** Reads the newest sessions; the others follow. Raises what the list raises. */
  async refresh(): Promise<void> {
    const { epoch } = this;
    const page = await this.list({ limit: this.pace.first });
    if (epoch !== this.epoch) {
      return;
    }
    this.failure = undefined;
    this.sessions = merged(this.sessions, [], page);
    if (page.nextCursor === null) {
      this.isComplete = true;
    } else {
      this.readOthers();
    }
  }

  /** Has the session in its place, before the store is read again. */
  put(session: SessionSummary): void {
    this.remove(session.id);
    if (session.parentId === null) {
      const isBelow = (one: SessionSummary) => timeOf(one) < timeOf(session);
      const index = this.sessions.findIndex(isBelow);
      const end = index < 0 ? this.sessions.length : index;
      this.sessions = [...this.sessions.slice(0, end), session, ...this.sessions.slice(end)];
    }
  }

  /** Has the session no more, before the store is read again. */
  remove(id: number): void {
    this.sessions = this.sessions.filter((one) => one.id !== id);
  }

  /** Forgets all: the store is another one. */
  clear(): void {
    this.epoch++;
    this.sessions = [];
    this.isComplete = false;
    this.failure = undefined;
    this.reading = "no";
    this.ready = 0;
  }

  private async readOthers(): Promise<void> {
    if (this.reading !== "no") {
      this.reading = "again";
      return;
    }
    this.reading = "yes";
    const { epoch } = this;
    const isCurrent = () => epoch === this.epoch;
    await sleep(this.ready - Date.now());
    const began = Date.now();
    try {
      await this.readAll(isCurrent);
    } catch (error) {
      if (isCurrent()) {
        this.failure = error;
      }
    }
    if (isCurrent()) {
      const now = Date.now();
      this.ready = now + Math.max(this.pace.pause, this.pace.rest * (now - began));
      const isOutdated = (this.reading as string) === "again";
      this.reading = "no";
      this.onDidLoad();
      if (isOutdated && this.failure === undefined) {
        this.readOthers();
      }
    }
  }

  private async readAll(isCurrent: () => boolean): Promise<void> {
    const read: SessionSummary[] = [];
    let cursor: string | null = null;
    do {
      const params: ListSessionsParams = { limit: this.pace.others, ...(cursor && { cursor }) };
      const page = await this.list(params);
      if (!isCurrent()) {
        return;
      }
      this.sessions = merged(this.sessions, read, page);
      read.push(...page.sessions);
      cursor = page.nextCursor;
    } while (cursor !== null);
    this.isComplete = true;
  }
}

/** The sessions with the page in place of what it covers; `before` was read before it. */
export function merged(
  known: readonly SessionSummary[],
  before: readonly SessionSummary[],
  page: ListSessionsResult,
): SessionSummary[] {
  const start = placeAfter(known, before);
  const head = known.slice(0, start);
  const above = idsOf(head);
  // One that is above has moved there since the page was read.
  const fresh = page.sessions.filter(({ id }) => !above.has(id));
  const rest = known.slice(start);
  const end = page.nextCursor === null ? rest.length : placeAfter(rest, page.sessions);
  const taken = idsOf(fresh);
  return [...head, ...fresh, ...rest.slice(end).filter(({ id }) => !taken.has(id))];
}

/** The place after the last of the sessions that stands where it stood. */
function placeAfter(known: readonly SessionSummary[], sessions: readonly SessionSummary[]): number {
  for (const session of sessions.toReversed()) {
    const index = known.findIndex(({ id }) => id === session.id);
    const found = known[index];
    if (found && activityOf(found) === activityOf(session)) {
      return index + 1;
    }
  }
  return 0;
}

function idsOf(sessions: readonly SessionSummary[]): Set<number> {
  return new Set(sessions.map(({ id }) => id));
}

export function activityOf(session: SessionSummary): string {
  return session.updatedAt ?? session.createdAt;
}

function timeOf(session: SessionSummary): number {
  return Date.parse(activityOf(session));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, milliseconds)).unref();
  });
}
