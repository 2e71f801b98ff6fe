import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isAddress, MEANT, shownSetting } from "../../src/server/address";
import { type Machine, storePlace } from "../../src/server/places";

const machine = (platform: NodeJS.Platform): Machine => ({
  platform,
  home: platform === "win32" ? "C:\\Users\\ann" : "/home/ann",
  env: { TEAM: "postgresql://ann@db.example/hfs" },
  isFile: () => false,
  list: () => [],
});

const ADDRESSES = [
  "postgresql://ann:secret@db.example/hfs?sslmode=verify-full",
  "postgres://db.example",
  "PostgreSQL://DB.example/hfs",
  "postgresql://",
  "jdbc:postgresql://db.example/hfs",
  "host=db.example password=secret",
];

test("what is an address is decided as the server does", () => {
  const python = readFileSync(
    join(__dirname, "../../../../../hfs_server/store/address.py"),
    "utf8",
  );
  const pattern = /_MEANT = re\.compile\(\s*r"""(.+?)"""/s.exec(python)?.[1];
  assert.equal(MEANT.source, `^${pattern?.replace(/\s+/g, "")}`);
});

test("the address of a store is no path", () => {
  for (const platform of ["linux", "win32"] as const) {
    for (const address of ADDRESSES) {
      assert.equal(storePlace(machine(platform), address, "/w"), address);
      assert.ok(isAddress(address));
    }
    assert.equal(storePlace(machine(platform), "${env:TEAM}"), "postgresql://ann@db.example/hfs");
  }
});

test("any other text is the path of a store", () => {
  assert.equal(storePlace(machine("linux"), "~/sessions.db"), "/home/ann/sessions.db");
  assert.equal(storePlace(machine("linux"), "postgresql/x.db", "/w"), "/w/postgresql/x.db");
  assert.equal(storePlace(machine("win32"), "D:\\x.db"), "D:\\x.db");
});

test("neither a log nor a bug report has an address, which may hold a password", () => {
  for (const address of ADDRESSES) {
    assert.equal(shownSetting(address), "…");
    assert.deepEqual(shownSetting(["--database", address, `--database=${address}`]), [
      "--database",
      "…",
      "…",
    ]);
  }
  assert.equal(shownSetting("~/sessions.db"), "~/sessions.db");
  assert.deepEqual(shownSetting({ a: 1 }), { a: 1 });
});
