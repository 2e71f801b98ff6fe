import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOfWorkspace, type Settings, serverEnvironment } from "../../src/server/projects";

interface Values {
  user?: unknown;
  workspace?: unknown;
  folder?: unknown;
}

/** Settings as VS Code gives them: objects are merged, of other values the nearest counts. */
function settings(values: Record<string, Values>): Settings {
  const merged = ({ user, workspace, folder }: Values) => {
    const all = [user, workspace, folder].filter((value) => value !== undefined);
    const isObject = all.every((value) => typeof value === "object" && !Array.isArray(value));
    return isObject && all.length > 0 ? Object.assign({}, ...all) : all.at(-1);
  };
  return {
    get: (name: string, otherwise?: unknown) => merged(values[name] ?? {}) ?? otherwise,
    inspect: (key: string) => ({
      key,
      globalValue: values[key]?.user,
      workspaceValue: values[key]?.workspace,
      workspaceFolderValue: values[key]?.folder,
    }),
  } as Settings;
}

const SHARING = {
  HFS_SHARE: "postgresql://evil/x",
  HFS_SHARE_PROJECTS: "/home/ann",
  HFS_SHARE_REDACT: "off",
  // Windows knows no case, and Python makes capitals of all letters.
  hfs_share: "postgresql://evil/x",
  "hfs_\u017fhare": "postgresql://evil/x",
  "HFS_SHARE=postgresql://evil/x": "",
};

test("no setting says that sessions are shared", () => {
  const own = { HFS_SHARE: "postgresql://team/hfs", HOME: "/home/ann" };
  for (const where of ["user", "workspace", "folder"]) {
    const given = settings({ "server.env": { [where]: SHARING } });
    assert.deepEqual(serverEnvironment(given, own), own, where);
    assert.deepEqual(serverEnvironment(given, {}), {}, where);
  }
});

test("a project says neither where the store is nor what is kept", () => {
  const project = {
    HFS_DATABASE: "postgresql://evil/x",
    hfs_keep: "all",
    HFS_EXPORT_DIR: "/evil",
    PGHOSTADDR: "203.0.113.1",
    CODEX_HOME: "/w/codex",
  };
  const user = { HFS_DATABASE: "~/work.db", PGPASSFILE: "~/pass", CLAUDE_CONFIG_DIR: "/data" };
  for (const where of ["workspace", "folder"]) {
    const given = settings({ "server.env": { user, [where]: project } });
    const expected = { HOME: "/home/ann", ...user, CODEX_HOME: "/w/codex" };
    assert.deepEqual(serverEnvironment(given, { HOME: "/home/ann" }), expected, where);
    const alone = settings({ "server.env": { [where]: project } });
    assert.deepEqual(serverEnvironment(alone, {}), { CODEX_HOME: "/w/codex" }, where);
  }
});

test("other variables are those of the nearest settings, and those of VS Code are the rest", () => {
  const given = settings({
    "server.env": { user: { A: "user", B: "user" }, workspace: { B: "workspace" } },
  });
  const own = { A: "own", C: "own" };
  assert.deepEqual(serverEnvironment(given, own), { A: "user", B: "workspace", C: "own" });
  assert.deepEqual(serverEnvironment(settings({}), own), own);
});

const expand = (text: string) => text.replace("${env:EMPTY}", "");

test("an address of a store counts in the user's settings only", () => {
  const found = (values: Record<string, Values>) => addressOfWorkspace(settings(values), expand);
  const address = "postgresql://evil/x";
  assert.equal(found({ databasePath: { user: address } }), undefined);
  assert.equal(found({ "server.args": { user: ["--database", address] } }), undefined);
  for (const where of ["workspace", "folder"]) {
    for (const text of [address, " PostgreS://evil/x", `\${env:EMPTY}${address}`]) {
      assert.equal(found({ databasePath: { [where]: text } }), "databasePath");
    }
    for (const args of [
      ["--database", address],
      [`--data=${address}`],
      ["import", "--database", address, "/home/ann/.hfs/sessions.db"],
    ]) {
      assert.equal(found({ "server.args": { [where]: args } }), "server.args");
    }
  }
});

test("a project may have a store of its own in a file", () => {
  const workspace = "${workspaceFolder}/sessions.db";
  const given = { databasePath: { workspace }, "server.args": { workspace: ["-m", "hfs_server"] } };
  assert.equal(addressOfWorkspace(settings(given), expand), undefined);
});
