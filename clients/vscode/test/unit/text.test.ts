import assert from "node:assert/strict";
import { test } from "node:test";
import { upgradeCommand } from "../../src/server/upgrade";
import { isRecent, versionIn } from "../../src/server/versions";
import { oneLine, shortened, size, tabName, withoutIcons } from "../../src/text";

test("a name stays on one line, and turns nothing around", () => {
  assert.equal(oneLine(" Fix\nthe\u0000 \u202elogin\u2028bug "), "Fix the login bug");
});

test("a long text is cut at characters, and only where it is too long", () => {
  assert.equal(shortened("Fix the\nbug", 11), "Fix the bug");
  assert.equal(shortened("Fix the bug", 9), "Fix the…");
  assert.equal(shortened("🦊".repeat(50), 3), "🦊🦊…");
  assert.equal(shortened(`x${" ".repeat(5_000_000)}y`, 10), "x…");
});

test("a name is no icon", () => {
  assert.equal(withoutIcons("costs $(zap) 5"), "costs \\$(zap) 5");
});

test("a tab's name is one part of a path, and never empty", () => {
  assert.equal(tabName("a/b: what? #1"), "a b what 1");
  assert.equal(tabName("../.."), "Session");
  assert.equal(tabName(""), "Session");
  assert.equal([...tabName("🦊".repeat(100))].length, 60);
});

test("sizes are for people", () => {
  assert.deepEqual([999, 1000, 22718, 52_000_000].map(size), ["999 B", "1.0 kB", "23 kB", "52 MB"]);
});

test("versions are compared as numbers", () => {
  assert.ok(isRecent("0.10.0", "0.9.9"));
  assert.ok(isRecent("1.0.0rc1", "1.0.0"));
  assert.ok(!isRecent("0.9.9", "0.10.0"));
  assert.ok(!isRecent("new", "0.1.0"));
});

test("only an answer of hfs-server has a version", () => {
  assert.equal(versionIn("warning: x\nhfs-server 0.1.0\n"), "0.1.0");
  assert.equal(versionIn("Python 3.11.2"), undefined);
});

test("a server is upgraded by what installed it", () => {
  const own = "/home/ann/storage/server";
  const command = (path: string) => upgradeCommand(path, own);
  assert.equal(command(`${own}/bin/hfs-server`), undefined);
  assert.equal(command("/home/ann/.local/pipx/venvs/x/bin/hfs-server"), "pipx upgrade hfs-server");
  assert.equal(
    command("/home/ann/.local/share/uv/tools/x/bin/hfs-server"),
    "uv tool upgrade hfs-server",
  );
  assert.equal(
    command("/w/.venv/bin/hfs-server"),
    '"/w/.venv/bin/python" -m pip install --upgrade hfs-server',
  );
  // Outside of an environment, Windows has the interpreter in another folder than pip.
  for (const folder of ["C:\\w\\.venv", "C:\\Python313"]) {
    assert.equal(
      command(`${folder}\\Scripts\\hfs-server.exe`),
      `"${folder}\\Scripts\\pip.exe" install --upgrade hfs-server`,
    );
  }
  assert.match(command("/home/ann/.local/bin/hfs-server") ?? "", /^python3 -m pip/);
});
