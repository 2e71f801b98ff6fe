import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, type Candidate, findServer } from "../../src/server/discovery";

const candidates: Candidate[] = [
  { source: "active Python environment", path: "/conda/bin/hfs-server" },
  { source: "workspace", path: "/w/.venv/bin/hfs-server" },
  { source: "PATH and user folders", path: "/usr/bin/hfs-server" },
];

async function search(answers: Record<string, Answer>, given = candidates) {
  const asked: string[] = [];
  const lines: string[] = [];
  const probe = async (path: string) => {
    asked.push(path);
    return answers[path] ?? { problem: "there is no such program" };
  };
  const result = await findServer(given, probe, (line) => lines.push(line));
  return { result, asked, log: lines.join("\n") };
}

test("the first candidate that answers is taken, and no later one is asked", async () => {
  const { result, asked } = await search({
    "/w/.venv/bin/hfs-server": { version: "0.2.0" },
    "/usr/bin/hfs-server": { version: "9.0.0" },
  });
  assert.equal(result.found?.source, "workspace");
  assert.deepEqual(asked, ["/conda/bin/hfs-server", "/w/.venv/bin/hfs-server"]);
});

test("one that is too old is passed over for a later one", async () => {
  const { result, log } = await search({
    "/conda/bin/hfs-server": { version: "0.0.9" },
    "/usr/bin/hfs-server": { version: "0.1.0" },
  });
  assert.equal(result.found?.path, "/usr/bin/hfs-server");
  assert.match(log, /\/conda\/bin\/hfs-server: version 0\.0\.9 is older than 0\.1\.0/);
});

test("where all are too old, the first of them is named", async () => {
  const { result } = await search({
    "/conda/bin/hfs-server": { version: "0.0.9" },
    "/usr/bin/hfs-server": { version: "0.0.8" },
  });
  assert.equal(result.found, undefined);
  assert.equal(result.found === undefined && result.tooOld?.version, "0.0.9");
});

test("every candidate is in the log with its verdict", async () => {
  const { log } = await search({ "/w/.venv/bin/hfs-server": { problem: "No module named hfs" } });
  for (const { source, path } of candidates) {
    assert.ok(log.includes(`${source}: ${path}: `), path);
  }
  assert.match(log, /No module named hfs/);
  assert.match(log, /No server was found\./);
});

test("a path that comes twice is asked once", async () => {
  const { asked } = await search({}, [...candidates, ...candidates]);
  assert.equal(asked.length, candidates.length);
});
