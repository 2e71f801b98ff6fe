import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListSessionsParams, SessionSummary } from "../../src/server/protocol";
import { activityOf, SessionIndex } from "../../src/sessions/sessionIndex";
import { session } from "./sessions";

const PACE = { first: 3, others: 7, pause: 0, rest: 0 };

/** A store that lists its sessions as the server does: the cursor is the last session's place. */
class Store {
  sessions: SessionSummary[] = [];
  requests: number[] = [];
  /** What happens while a page is on its way. */
  between: () => void = () => {};
  private ticks = 0;

  add(id: number, more: Partial<SessionSummary> = {}): void {
    this.sessions.push(session(id, { createdAt: this.time(), ...more }));
  }

  change(id: number, more: Partial<SessionSummary>): void {
    this.sessions = this.sessions.map((one) => (one.id === id ? { ...one, ...more } : one));
  }

  touch(id: number): void {
    this.change(id, { updatedAt: this.time() });
  }

  remove(id: number): void {
    this.sessions = this.sessions.filter((one) => one.id !== id);
  }

  get listed(): SessionSummary[] {
    return this.sessions.toSorted((one, other) => compared(placeOf(one), placeOf(other)));
  }

  readonly list = async ({ limit = 50, cursor }: ListSessionsParams) => {
    this.requests.push(limit);
    const all = this.listed;
    const rest = cursor ? all.filter((one) => compared(cursor, placeOf(one)) < 0) : all;
    const sessions = rest.slice(0, limit);
    const last = sessions.at(-1);
    await new Promise(setImmediate);
    this.between();
    return { sessions, nextCursor: last && rest.length > limit ? placeOf(last) : null };
  };

  private time(): string {
    return new Date(Date.UTC(2026, 1, 1) + 1000 * ++this.ticks).toISOString();
  }
}

const placeOf = (one: SessionSummary) => `${activityOf(one)} ${String(one.id).padStart(6, "0")}`;
const compared = (one: string, other: string) => (one < other ? 1 : one > other ? -1 : 0);
const ids = (sessions: readonly SessionSummary[]) => sessions.map(({ id }) => id);

/** An index of the store, and a wait until it has read everything. */
function indexOf(store: Store, pace = PACE) {
  let done = () => {};
  let loads = 0;
  const index = new SessionIndex(
    store.list,
    () => {
      loads++;
      done();
    },
    pace,
  );
  const settled = async () => {
    await index.refresh();
    while (!index.isComplete || index.sessions.length !== store.sessions.length || !same()) {
      await new Promise<void>((resolve) => {
        done = resolve;
        setTimeout(resolve, 20);
      });
    }
  };
  const same = () => JSON.stringify(index.sessions) === JSON.stringify(store.listed);
  return { index, settled, loads: () => loads };
}

function filled(count: number): Store {
  const store = new Store();
  for (let id = 1; id <= count; id++) {
    store.add(id);
  }
  return store;
}

test("the newest sessions are there at once, and all of them a little later", async () => {
  const store = filled(40);
  const { index, settled } = indexOf(store);
  await index.refresh();
  assert.deepEqual(ids(index.sessions), [40, 39, 38]);
  assert.equal(index.isComplete, false);
  await settled();
  assert.deepEqual(ids(index.sessions), ids(store.listed));
});

test("a store of one page is read with one request", async () => {
  const store = filled(3);
  const { index } = indexOf(store);
  await index.refresh();
  assert.equal(index.isComplete, true);
  assert.deepEqual(store.requests, [3]);
});

test("a session that moves to the top is there once, at once", async () => {
  const store = filled(30);
  const { index, settled } = indexOf(store);
  await settled();
  store.touch(5);
  store.add(31);
  await index.refresh();
  assert.deepEqual(ids(index.sessions), ids(store.listed));
});

test("what was deleted or renamed further down is seen as well", async () => {
  const store = filled(30);
  const { index, settled } = indexOf(store);
  await settled();
  store.remove(2);
  store.remove(29);
  store.change(3, { name: "Another name" });
  await settled();
  assert.equal(index.sessions.length, 28);
  assert.equal(index.sessions.find(({ id }) => id === 3)?.name, "Another name");
});

test("no session is lost or listed twice while sessions change between the pages", async () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  for (let round = 0; round < 40; round++) {
    const store = filled(20 + random(30));
    const { index, settled } = indexOf(store);
    let left = 12;
    let next = 1000;
    store.between = () => {
      assert.equal(new Set(ids(index.sessions)).size, index.sessions.length);
      if (left-- > 0) {
        const some = store.sessions[random(store.sessions.length)]?.id ?? 0;
        [() => store.touch(some), () => store.remove(some), () => store.add(next++)][random(3)]?.();
        // The server's notification of the change.
        index.refresh();
      }
    };
    await settled();
    assert.deepEqual(ids(index.sessions), ids(store.listed));
  }
});

test("another store has none of the sessions of the one before", async () => {
  const store = filled(30);
  const { index, settled } = indexOf(store);
  await index.refresh();
  index.clear();
  assert.deepEqual(index.sessions, []);
  store.sessions = [session(500)];
  await settled();
  assert.deepEqual(ids(index.sessions), [500]);
});

test("a store that cannot be read to its end keeps what is known, and says why", async () => {
  const store = filled(30);
  const { index, settled, loads } = indexOf(store);
  await settled();
  const before = ids(index.sessions);
  const seen = loads();
  store.add(31);
  store.between = () => {
    if (store.requests.at(-1) === PACE.others) {
      throw new Error("The store is busy.");
    }
  };
  await index.refresh();
  while (loads() === seen) {
    await new Promise(setImmediate);
  }
  assert.match(String(index.failure), /busy/);
  assert.deepEqual(ids(index.sessions), [31, ...before]);
  store.between = () => {};
  await settled();
  assert.equal(index.failure, undefined);
});

test("a store that changes all the time is read in full only now and then", async () => {
  const store = filled(30);
  const { index, settled } = indexOf(store, { ...PACE, pause: 60_000 });
  await settled();
  store.requests = [];
  for (let change = 0; change < 20; change++) {
    store.touch(1 + change);
    await index.refresh();
    assert.deepEqual(ids(index.sessions), ids(store.listed));
  }
  assert.deepEqual(store.requests, Array(20).fill(PACE.first));
});

test("a session that is put or removed here is in its place at once, as in the store later", async () => {
  const store = filled(30);
  const { index, settled } = indexOf(store);
  await settled();
  const same = () => assert.deepEqual(ids(index.sessions), ids(store.listed));
  const removed = store.sessions.find(({ id }) => id === 7) ?? assert.fail();
  store.remove(7);
  index.remove(7);
  same();
  store.sessions.push(removed);
  index.put(removed);
  same();
  store.change(2, { name: "Another name" });
  index.put(store.sessions.find(({ id }) => id === 2) ?? assert.fail());
  same();
  assert.equal(index.sessions.find(({ id }) => id === 2)?.name, "Another name");
  index.put(session(99, { parentId: 2 }));
  same();
  await settled();
});
