import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { api, configure, execute, sessions, timed, useRealServer } from "./world";

describe("the extension's own environment", () => {
  it("is made from the carried wheel, and used from then on", async function () {
    this.timeout(180_000);
    await useRealServer();
    await configure({ "server.path": undefined });
    const found = await timed("installation of the server", () =>
      execute<{ source: string; version: string }>("hfs.installServer"),
    );
    assert.equal(found.source, "this extension's environment");
    assert.deepEqual(await sessions(), []);
    assert.match(api().serverPath ?? "", /globalStorage.*hfs-sessions/);
  });

  it("is made anew by a second installation, which leaves only one", async function () {
    this.timeout(180_000);
    const first = api().serverPath ?? "";
    await execute("hfs.installServer");
    const second = api().serverPath ?? "";
    assert.notEqual(second, first);
    assert.equal(existsSync(first), false);
    assert.equal(existsSync(second), true);
    await useRealServer();
  });
});
