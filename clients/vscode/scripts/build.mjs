// Bundles the extension into dist/extension.js; with --tests also the suites for the editor.

import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

const common = {
  absWorkingDir: ROOT,
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node22",
  logLevel: "warning",
};

export async function buildExtension() {
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    external: ["vscode"],
    minify: true,
    keepNames: false,
  });
}

export async function buildHostTests() {
  await build({
    ...common,
    entryPoints: ["test/host/index.ts"],
    outfile: "dist/test/host.js",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
  });
}

export async function buildUnitTests() {
  rmSync(join(ROOT, "dist/test/unit"), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: ["test/unit/*.test.ts"],
    outdir: "dist/test/unit",
    sourcemap: "inline",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildExtension();
}
