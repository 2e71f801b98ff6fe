// Runs test/unit in plain Node, and holds the manifest and the protocol against the code.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildUnitTests, ROOT } from "./build.mjs";

await buildUnitTests();
const folder = join(ROOT, "dist/test/unit");
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.js"))
  .map((name) => join(folder, name));
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
  cwd: ROOT,
  stdio: "inherit",
  timeout: 60_000,
});
process.exitCode = status ?? 1;
