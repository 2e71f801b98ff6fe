import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const ROOT = join(__dirname, "../../..");
const REPOSITORY = join(ROOT, "../..");
const SERVER = process.env.HFS_TEST_SERVER ?? join(REPOSITORY, ".venv/bin/hfs-server");

const DUMP = `
import json
from hfs_server.lsp import edits_protocol, methods, protocol as p, search_protocol
parts = [search_protocol.Match, edits_protocol.FileEdit]
parts += [p.SessionSummary, p.ImportedSession, p.FailedImport, p.SkippedImports, p.ToolSource]
models = [m for pair in p.METHODS.values() for m in pair] + parts
shapes = {
    m.__name__: {f.alias: f.is_required() for f in m.model_fields.values()} for m in models
}
names = [*p.METHODS, methods.DID_CHANGE_SESSIONS]
print(json.dumps({"shapes": shapes, "names": names}))
`;

/** The interfaces of protocol.ts: each member, and whether it must be there. */
function interfaces(source: string): Record<string, Record<string, boolean>> {
  const found: Record<string, Record<string, boolean>> = {};
  for (const [, name, body] of source.matchAll(/export interface (\w+) \{\n([^}]*)\}/g)) {
    const members = [...(body ?? "").matchAll(/^ {2}(\w+)(\??): /gm)];
    found[name ?? ""] = Object.fromEntries(members.map(([, key, mark]) => [key, mark === ""]));
  }
  delete found.Methods;
  return found;
}

test("protocol.ts and protocol.py have the same names, and the same ones may be left out", () => {
  const python = join(dirname(SERVER), "python");
  const output = execFileSync(existsSync(python) ? python : "python3", ["-c", DUMP], {
    cwd: REPOSITORY,
    encoding: "utf8",
  });
  const { shapes, names } = JSON.parse(output);
  const source = readFileSync(join(ROOT, "src/server/protocol.ts"), "utf8");
  assert.deepEqual(interfaces(source), shapes);
  for (const name of names) {
    assert.ok(source.includes(`"${name}"`), name);
  }
});
