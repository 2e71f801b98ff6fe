// Packages the extension with the wheel of its server: hfs-sessions-<version>.vsix.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildExtension, ROOT } from "./build.mjs";

const REPOSITORY = resolve(ROOT, "../..");
const { name, version, repository } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** Where the package is. */
export const VSIX = join(ROOT, `${name}-${version}.vsix`);

/** Makes the package anew, unless HFS_TEST_VSIX_READY says that it was made just now. */
export async function packageVsix() {
  if (process.env.HFS_TEST_VSIX_READY && existsSync(VSIX)) {
    return VSIX;
  }
  await buildExtension();
  buildWheel();
  writeReadme();
  const vsce = join(ROOT, "node_modules/@vscode/vsce/vsce");
  const options = [
    "--no-dependencies",
    "--no-rewrite-relative-links",
    "--readme-path",
    "dist/README.md",
  ];
  execFileSync(process.execPath, [vsce, "package", ...options, "--out", VSIX], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 120_000,
  });
  return VSIX;
}

/** The server as a wheel in server/, for the command that installs it. */
function buildWheel() {
  const folder = join(ROOT, "server");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const venv = join(REPOSITORY, ".venv/bin/python");
  const python = process.env.HFS_PYTHON ?? (existsSync(venv) ? venv : "python3");
  const pip = ["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"];
  execFileSync(python, [...pip, "--wheel-dir", folder, REPOSITORY], {
    env: { ...process.env, SOURCE_DATE_EPOCH: "1767225600" },
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 180_000,
  });
}

function writeReadme() {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  writeFileSync(join(ROOT, "dist/README.md"), pageOf(readme, repository));
}

/**
 * The README as VS Code's page of the extension, which shows no pictures but from the web.
 *
 * While the repository has no address, the page has none.
 */
export function pageOf(readme, { url, directory }) {
  const picture = /(:?)\n\n!\[([^\]]*)\]\((?!https:)([^)]*)\)(?=\n)/g;
  return readme.replace(picture, (_, colon, words, path) => {
    const isPublic = !/^https:\/\/repository\.example\//.test(url);
    const there = `\n\n![${words}](${url}/raw/main/${directory}/${path})`;
    return isPublic ? `${colon}${there}` : colon && ".";
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await packageVsix());
}
