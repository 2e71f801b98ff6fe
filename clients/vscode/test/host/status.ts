import assert from "node:assert/strict";
import { keepNotifications, only } from "./notifications";
import { keepPicks, shown } from "./picks";
import {
  api,
  configure,
  example,
  execute,
  failureOf,
  sessions,
  sleep,
  until,
  useRealServer,
  useStandIn,
} from "./world";

describe("the status bar", () => {
  keepNotifications();
  keepPicks();

  afterEach(async () => {
    await useRealServer();
    await configure({ "server.env": undefined });
  });

  it("shows nothing while all is well", async () => {
    await useRealServer();
    await sessions();
    assert.equal(api().status, undefined);
    await execute("hfs.importSession", example("fix-the-login-bug.json"));
    await sleep(600);
    assert.equal(api().status, undefined);
  });

  it("shows a server that fails until one works, and leads to what helps", async () => {
    await useStandIn("exits");
    await failureOf(execute("hfs.listSessions", {}));
    assert.equal(api().status, "$(warning) HFS");
    await execute("hfs.showStatus");
    const { message, buttons, press } = await only();
    assert.match(message, /No module named 'pygls'/);
    assert.deepEqual(buttons, ["Retry", "Show Log"]);
    await useRealServer();
    assert.equal(api().status, undefined, "another server may be well");
    press("Retry");
    await until(() => api().serverPid !== undefined, 20_000);
    assert.equal(api().status, undefined);
  });

  it("shows a server that is not there, and leads to its installation", async () => {
    await configure({ "server.path": undefined, "server.args": undefined });
    await failureOf(execute("hfs.listSessions", {}));
    assert.equal(api().status, "$(warning) HFS");
    await execute("hfs.showStatus");
    assert.deepEqual((await only()).buttons, ["Install", "Open Settings", "Show Log"]);
  });

  it("shows a server that ended by itself", async () => {
    await useRealServer();
    await sessions();
    process.kill(api().serverPid ?? assert.fail("no server"), "SIGKILL");
    await until(() => api().status === "$(warning) HFS");
    await sessions();
    assert.equal(api().status, undefined);
  });

  it("shows an import until it is over", async () => {
    await useStandIn("silent");
    const importing = failureOf(execute("hfs.importSession", example("fix-the-login-bug.json")));
    await until(() => api().status === "$(sync~spin) Importing sessions");
    await useRealServer();
    await importing;
    assert.equal(api().status, undefined);
  });

  it("shows that the search index is being built", async () => {
    await useStandIn("indexing");
    const searching = execute("hfs.searchSessions");
    const { pick } = await shown();
    pick.value = "last";
    await until(() => api().status === "$(sync~spin) Building the search index");
    await until(() => api().status === undefined);
    await execute("workbench.action.closeQuickOpen");
    await searching;
  });

  it("shows that the server keeps sessions by itself, until that is over", async () => {
    await useStandIn("keeping");
    await execute("hfs.listSessions", {});
    await until(() => api().status === "$(sync~spin) Keeping sessions");
    await execute("hfs.showStatus");
    assert.equal((await only()).message, "Keeping sessions");
    await execute("hfs.listSessions", { query: "end" });
    await until(() => api().status === undefined);
  });

  it("is explained by a command where there is nothing to show", async () => {
    await useRealServer();
    await execute("hfs.showStatus");
    const { message, buttons } = await only();
    assert.equal(message, "hfs-server is not running. It starts when it is needed.");
    assert.deepEqual(buttons, ["Show Log", "Copy Diagnostics"]);
  });
});
