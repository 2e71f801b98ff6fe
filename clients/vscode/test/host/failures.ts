import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  api,
  configure,
  execute,
  failureOf,
  root,
  sessions,
  useRealServer,
  useStandIn,
} from "./world";

describe("a server that", () => {
  const usual: Record<string, number> = {};

  before(() => {
    Object.assign(usual, api().limits);
    Object.assign(api().limits, { version: 2500, start: 2500, answer: 1500, grace: 500 });
  });

  after(async () => {
    Object.assign(api().limits, usual);
    await useRealServer();
    assert.deepEqual(await sessions(), [], "the next command works");
  });

  const list = () => failureOf(execute("hfs.listSessions", {}));

  for (const [mode, words] of [
    ["mute", /no answer within 2\.5 seconds/],
    ["stranger", /does not answer as hfs-server does/],
    ["old", /0\.0\.9 is too old.* 0\.1\.0 or later/],
    ["replaced", /0\.0\.9 is too old/],
    ["exits", /did not start: ModuleNotFoundError: No module named 'pygls'/],
    ["garbage", /is not the language server protocol/],
    ["hangs", /did not answer within 2\.5 seconds/],
    ["refuses", /No initialize today/],
    ["dies", /ended in the middle of its work: Killed by the test/],
    ["babbles", /not the language server protocol|did not answer/],
    ["silent", /did not answer within 1\.5 seconds/],
    ["busy", /The store is busy/],
  ] as const) {
    it(`${mode}: ends in one clear sentence`, async () => {
      await useStandIn(mode, { STANDIN_FREE: join(root, "never") });
      assert.match((await list()).message, words);
    });
  }

  it("is not there is named by its path", async () => {
    await configure({ "server.path": "/nowhere/hfs-server", "server.args": undefined });
    assert.match((await list()).message, /\/nowhere\/hfs-server.*there is no such program/);
  });

  it("may not be run is named by its path", async () => {
    const path = join(root, "not-executable");
    writeFileSync(path, "");
    await configure({ "server.path": path });
    assert.match((await list()).message, /not-executable.*may not be run/);
  });

  it("is nowhere leads to its installation", async () => {
    await configure({ "server.path": undefined });
    assert.match((await list()).message, /was not found on this machine. Install it/);
  });

  it("hangs can be restarted away", async () => {
    await useStandIn("hangs");
    const hanging = list();
    Object.assign(api().limits, usual);
    await useRealServer();
    assert.deepEqual(await sessions(), []);
    await hanging;
  });
});
