import assert from "node:assert/strict";
import { test } from "node:test";
import { lastLine, run } from "../../src/server/launch";
import { ServerProcess } from "../../src/server/serverProcess";

const node = (script: string) => ({ path: process.execPath, args: ["-e", script] });

test("a program's output is given when it ends well", async () => {
  assert.deepEqual(await run(node("console.log('hfs-server 1.2.3')")), {
    output: "hfs-server 1.2.3\n",
  });
});

test("the last line that it wrote is its problem when it does not", async () => {
  const { problem } = await run(node("console.error('first\\nNo module\\n'); process.exit(1)"));
  assert.equal(problem, "No module");
});

test("a program that does not end is ended", async () => {
  const began = Date.now();
  const { problem } = await run(node("setInterval(() => {}, 1000)"), { timeout: 300 });
  assert.equal(problem, "no answer within 0.3 seconds");
  assert.ok(Date.now() - began < 5000);
});

test("one that is not there, or may not be run, says so", async () => {
  assert.equal((await run({ path: "/nowhere/x", args: [] })).problem, "there is no such program");
  assert.equal((await run({ path: "/", args: [] })).problem, "it may not be run");
});

test("a run can be cancelled", async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  const { problem } = await run(node("setInterval(() => {}, 1000)"), { signal: abort.signal });
  assert.equal(problem, "cancelled");
});

test("a server that ends tells why with its last words", async () => {
  const process = new ServerProcess(
    node("console.error('out of luck'); process.exit(3)"),
    () => {},
  );
  assert.equal(await process.ended, "out of luck");
});

test("a server that prints anything but the protocol is ended", async () => {
  const process = new ServerProcess(
    node("console.log('Welcome!'); setInterval(() => {}, 1000)"),
    () => {},
  );
  assert.equal(await process.ended, "what it prints is not the language server protocol");
});

test("the last line with words is found", () => {
  assert.equal(lastLine("a\n b \r\n\n"), "b");
  assert.equal(lastLine("\n"), undefined);
});
