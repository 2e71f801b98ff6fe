import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListSessionsParams } from "../../src/server/protocol";
import { beginningOf } from "../../src/sessions/pages";
import { session } from "./sessions";

/** A list of so many sessions, with the number of the next one as the cursor. */
function listOf(count: number) {
  const requests: ListSessionsParams[] = [];
  const list = async (params: ListSessionsParams) => {
    requests.push(params);
    const start = Number(params.cursor ?? 0);
    const end = Math.min(start + (params.limit ?? 50), count);
    const sessions = Array.from({ length: end - start }, (_, n) => session(start + n));
    return { sessions, nextCursor: end < count ? String(end) : null };
  };
  return { list, requests };
}

test("a list has as many sessions as are wanted, and says whether these are all", async () => {
  for (const [count, wanted, found, isComplete] of [
    [0, 50, 0, true],
    [50, 50, 50, true],
    [51, 50, 50, false],
    [1300, 1200, 1200, false],
    [1300, 1600, 1300, true],
  ] as const) {
    const { list, requests } = listOf(count);
    const beginning = await beginningOf(list, { deleted: true }, wanted);
    assert.equal(beginning.sessions.length, found);
    assert.equal(beginning.isComplete, isComplete);
    assert.equal(new Set(beginning.sessions.map(({ id }) => id)).size, found);
    assert.ok(requests.every(({ limit = 0, deleted }) => limit <= 500 && limit > 0 && deleted));
  }
});
