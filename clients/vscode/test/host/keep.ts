import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import { prepare } from "../../src/server/settings";
import { NOTHING } from "../../src/sessions/importing";
import { offerToKeep } from "../../src/sessions/keep";
import { count, forget, keepNotifications, only } from "./notifications";
import { api, configure, execute, root, sleep, until, useRealServer } from "./world";

describe("importing by itself", () => {
  keepNotifications();

  const { Global, Workspace } = vscode.ConfigurationTarget;
  const configuration = () => vscode.workspace.getConfiguration("hfs");
  let known: Map<string, unknown>;
  let memory: vscode.Memento;

  beforeEach(async () => {
    await useRealServer();
    await clean();
    known = new Map();
    memory = {
      keys: () => [...known.keys()],
      get: (key: string, otherwise?: unknown) => known.get(key) ?? otherwise,
      update: async (key: string, value: unknown) => {
        known.set(key, value);
      },
    } as vscode.Memento;
    forget();
  });

  afterEach(clean);

  async function clean() {
    await configuration().update("keep", undefined, Global);
    await configuration().update("keep", undefined, Workspace);
    await configuration().update("server.env", undefined, Global);
    await configuration().update("server.env", undefined, Workspace);
  }

  const session = {
    id: 1,
    name: "New",
    messageCount: 1,
    checkpointCount: 0,
    status: "created",
    tool: "codex",
    sessionId: "codex:1",
    parentId: null,
  } as const;
  const run = { ...NOTHING, sessions: [session], cancelled: false };

  const offer = (tools: string[], more: Partial<typeof run> = {}) =>
    offerToKeep(memory, { ...run, ...more }, tools);

  const nothingIsAsked = async () => {
    await sleep(300);
    assert.equal(count(), 0);
  };

  /** What the server is started with. */
  const options = async () => {
    const log = vscode.window.createOutputChannel("Keep", { log: true });
    const context = { globalStorageUri: vscode.Uri.file(join(root, "storage")) };
    const launch = await prepare(context as vscode.ExtensionContext, log);
    log.dispose();
    return launch.initializationOptions;
  };

  it("is offered once, in words, and Yes sets the tools", async () => {
    offer(["claude-code", "codex"]);
    const { message, buttons, press } = await only();
    assert.equal(message, "Keep importing new sessions of Claude Code and Codex by itself?");
    assert.deepEqual(buttons, ["Yes", "No", "Learn More"]);
    press("Yes");
    await until(() => configuration().get<string[]>("keep", []).length === 2);
    await until(() => known.size === 1);
    assert.deepEqual((await options()).keep, ["claude-code", "codex"]);
    forget();
    await configuration().update("keep", undefined, vscode.ConfigurationTarget.Global);
    offer(["claude-code"]);
    await nothingIsAsked();
  });

  it("is never offered again after No, and again after a message that was only closed", async () => {
    offer(["codex"]);
    (await only()).press(undefined);
    await sleep(100);
    forget();
    offer(["codex"]);
    const { press } = await only();
    press("No");
    await until(() => known.size === 1);
    forget();
    offer(["codex"]);
    await nothingIsAsked();
    assert.equal((await options()).keep, undefined);
  });

  it("is not offered where nothing came in, a setting decides, or the environment", async () => {
    offer(["codex"], { sessions: [] });
    offer([]);
    offer(["hfs"]);
    offerToKeep(memory, { ...run, cancelled: true }, ["codex"]);
    await configure({ keep: [] });
    offer(["codex"]);
    await configure({ keep: undefined });
    await configuration().update("server.env", { HFS_KEEP: "codex" }, Global);
    offer(["codex"]);
    await nothingIsAsked();
  });

  it("is offered though a project has the variable, which counts in settings of the user only", async () => {
    await configure({ "server.env": { HFS_KEEP: "codex" } });
    offer(["codex"]);
    await only();
  });

  it("is not offered in a workspace that is not trusted", async () => {
    const set = (value: boolean) =>
      Object.defineProperty(vscode.workspace, "isTrusted", { value, configurable: true });
    set(false);
    try {
      offer(["codex"]);
      await nothingIsAsked();
    } finally {
      set(true);
    }
  });

  it("is left to the environment if it is not set, and off if it is empty", async () => {
    assert.equal((await options()).keep, undefined);
    await configure({ keep: [] });
    assert.deepEqual((await options()).keep, []);
  });

  it("starts the server, and a change of the tools starts it again", async () => {
    await configuration().update("keep", ["codex"], vscode.ConfigurationTarget.Global);
    await until(() => api().serverPid !== undefined, 20_000);
    const before = api().serverPid;
    await configuration().update("keep", ["claude-code"], vscode.ConfigurationTarget.Global);
    const isAnother = () => api().serverPid !== undefined && api().serverPid !== before;
    await until(isAnother, 20_000);
    await configuration().update("keep", undefined, vscode.ConfigurationTarget.Global);
    await execute("hfs.listSessions", {});
  });
});
