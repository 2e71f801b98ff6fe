// Installs the VS Code server and workbench that the npm package code-server carries.
//
// Nothing is compiled: native modules that only matter elsewhere are left out, and two that
// the extension host needs get the plain JavaScript stand-ins beside this file. One rule: the
// folder `.cache/vscode-<version>` is complete when its file `ready` is there.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const CACHE = join(HERE, "..", ".cache");

/** VS Code's version to the release of code-server that carries it, and the Node that it wants. */
export const RELEASES = {
  newest: { vscode: "1.139.1", codeServer: "4.139.1", node: "24" },
  oldest: { vscode: "1.105.1", codeServer: "4.105.1", node: "22" },
};

const LEFT_OUT =
  /^(@github\/|@microsoft\/mxc-sdk|@devcontainers\/|@vscode\/(copilot-api|sandbox-runtime|sqlite3|windows-|deviceid|spdlog|native-watchdog)|native-watchdog$|kerberos$|ssh2$|node-addon-api$)/;
const STAND_INS = {
  "@vscode/spdlog": "stand-in-spdlog.cjs",
  "@vscode/native-watchdog": "stand-in-watchdog.cjs",
  "native-watchdog": "stand-in-watchdog.cjs",
};

/** Where the release is installed, after installing it unless it is there already. */
export function installVSCode(release) {
  if (process.platform !== "linux") {
    throw new Error("The tests in a real VS Code run on Linux only.");
  }
  const root = join(CACHE, `vscode-${release.vscode}`);
  const installed = {
    vscode: join(root, "node_modules/code-server/lib/vscode"),
    node: join(root, `node_modules/node-linux-${process.arch}/bin/node`),
  };
  if (existsSync(join(root, "ready"))) {
    return installed;
  }
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "package.json"), '{"private":true}\n');
  npm(root, process.env.PATH, [
    `code-server@${release.codeServer}`,
    `node-linux-${process.arch}@${release.node}`,
  ]);
  trim(installed.vscode);
  const path = `${dirname(installed.node)}:${process.env.PATH}`;
  npm(installed.vscode, path, ["--omit=dev", "--legacy-peer-deps"]);
  for (const [name, file] of Object.entries(STAND_INS)) {
    const folder = join(installed.vscode, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, main: "index.js" }));
    cpSync(join(HERE, file), join(folder, "index.js"));
  }
  writeFileSync(join(root, "ready"), "");
  return installed;
}

function npm(cwd, path, rest) {
  const always = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", [...always, ...rest], {
    cwd,
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 300_000,
  });
}

/** Takes out of VS Code's own manifest what needs a compiler and is not used here. */
function trim(folder) {
  const file = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  for (const name of Object.keys(manifest.dependencies)) {
    if (LEFT_OUT.test(name)) {
      delete manifest.dependencies[name];
    }
  }
  delete manifest.overrides?.["kerberos@2.1.1"];
  delete manifest.overrides?.koffi;
  // Some releases pin this one to an archive outside the registry.
  if (/[/:]/.test(manifest.dependencies["@parcel/watcher"] ?? "")) {
    manifest.dependencies["@parcel/watcher"] = "^2.5.1";
    rmSync(join(folder, "npm-shrinkwrap.json"), { force: true });
  }
  writeFileSync(file, JSON.stringify(manifest, null, 2));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of process.argv.slice(2)) {
    console.log(installVSCode(RELEASES[name]).vscode);
  }
}
