import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { FORMATS } from "../../src/server/protocol";

const ROOT = join(__dirname, "../../..");
const REPOSITORY = join(ROOT, "../..");
const SERVER = process.env.HFS_TEST_SERVER ?? join(REPOSITORY, ".venv/bin/hfs-server");

const DUMP = `
import json
from hfs_server.exporters import EXPORTERS
from hfs_server.lsp import methods, protocol as p, redaction_protocol as r, statistics_protocol as s
from hfs_server.lsp.edits_protocol import FileEdit
from hfs_server.lsp.export_all_protocol import FailedExport
from hfs_server.lsp.find_protocol import Resume
from hfs_server.lsp.search_protocol import Match
parts = [p.SessionSummary, p.ImportedSession, p.FailedImport, p.SkippedImports, p.ToolSource]
parts += [FileEdit, Match, FailedExport, Resume, r.Redaction, r.FoundSecret, r.SecretPlace]
parts += [s.UsageSums, s.ToolStatistics, s.ModelStatistics, s.DayStatistics, s.ProjectStatistics]
models = [m for pair in p.METHODS.values() for m in pair] + parts
shapes = {
    m.__name__: {f.alias: f.is_required() for f in m.model_fields.values()} for m in models
}
names = [*p.METHODS, methods.DID_CHANGE_SESSIONS]
formats = {one.name: one.suffixes[0] for one in EXPORTERS}
print(json.dumps({"shapes": shapes, "names": names, "formats": formats}))
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

test("protocol.ts and protocol.py have the same names and formats, and the same ones may be left out", () => {
  const python = join(dirname(SERVER), "python");
  const output = execFileSync(existsSync(python) ? python : "python3", ["-c", DUMP], {
    cwd: REPOSITORY,
    encoding: "utf8",
  });
  const { shapes, names, formats } = JSON.parse(output);
  const source = readFileSync(join(ROOT, "src/server/protocol.ts"), "utf8");
  assert.deepEqual(interfaces(source), shapes);
  for (const name of names) {
    assert.ok(source.includes(`"${name}"`), name);
  }
  assert.deepEqual(FORMATS, formats);
});

test("the reason for a file that has not changed is the server's", () => {
  const server = readFileSync(join(REPOSITORY, "hfs_server/import_session.py"), "utf8");
  const client = readFileSync(join(ROOT, "src/sessions/importPreview.ts"), "utf8");
  const [reason] = [server, client].map((text) => /\bUNCHANGED = "([^"]+)"/.exec(text)?.[1]);
  assert.ok(reason);
  assert.ok(client.includes(`UNCHANGED = "${reason}"`));
});
