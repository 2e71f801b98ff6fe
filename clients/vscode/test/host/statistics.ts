import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { StatisticsResult } from "../../src/server/protocol";
import { forget, keepNotifications, only } from "./notifications";
import { closeAll, example, execute, sql, tabs, until, useRealServer, useStandIn } from "./world";

describe("the statistics", () => {
  keepNotifications();

  let store: string;

  before(async () => {
    store = await useRealServer();
    await execute("hfs.importSession", example("fix-the-login-bug.json"));
    forget();
  });

  afterEach(closeAll);

  const pages = () =>
    tabs().filter(
      ({ input }) =>
        input instanceof vscode.TabInputWebview && input.viewType.endsWith("hfs.statistics"),
    );

  const shown = (selection?: object) =>
    execute<StatisticsResult | undefined>("hfs.showStatistics", selection);

  it("are a page in a tab, which a second call shows again", async () => {
    const result = await shown();
    assert.equal(result?.sessions, 1);
    await until(() => pages().length === 1);
    assert.equal(pages()[0]?.label, "HFS Statistics");
    await shown();
    assert.equal(pages().length, 1);
    assert.equal(pages()[0]?.isActive, true);
  });

  it("are those of the sessions that a link selects, also when they are refreshed", async () => {
    const none = await shown({ project: "/no/such/folder", since: 5 });
    assert.equal(none?.sessions, 0);
    const refreshed = await execute<StatisticsResult | undefined>("hfs.refreshStatistics");
    assert.equal(refreshed?.sessions, 0);
    assert.equal((await shown())?.sessions, 1);
  });

  it("follow the store", async () => {
    const before = await shown();
    sql(
      store,
      "INSERT INTO messages (session_id, role, content, created_at) SELECT id, 'user', 'x', created_at FROM sessions",
    );
    const after = await execute<StatisticsResult | undefined>("hfs.refreshStatistics");
    assert.equal(after?.prompts, (before?.prompts ?? 0) + 1);
  });

  it("that cannot be had are one message, and no page", async () => {
    await useStandIn("dies");
    assert.equal(await shown(), undefined);
    assert.ok((await only()).message.length > 0);
    assert.deepEqual(pages(), []);
    await useRealServer(store);
  });
});
