// Bundles the extension into dist/: what its activation loads, and apart from it the language client.

import { copyFileSync, readdirSync, rmSync } from "node:fs";
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

const CLIENT = "vscode-languageclient/node";

/** The language client, most of the code, is loaded when a server is started. */
const languageClientApart = {
  name: "language client apart",
  setup: (building) =>
    building.onResolve({ filter: new RegExp(`^${CLIENT}$`) }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "./languageClient.js", external: true },
    ),
};

export async function buildExtension() {
  await build({
    ...common,
    entryPoints: { extension: "src/extension.ts", languageClient: CLIENT },
    outdir: "dist",
    external: ["vscode"],
    plugins: [languageClientApart],
    minify: true,
    keepNames: false,
  });
  copySchema();
}

/** The newest schema of export documents, for the completion and the hovers of VS Code's JSON. */
function copySchema() {
  const folder = join(ROOT, "../../schemas");
  const names = readdirSync(folder).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  copyFileSync(join(folder, names.at(-1)), join(ROOT, "dist/hfs-export.schema.json"));
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
