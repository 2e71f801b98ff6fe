// A VS Code with a home, a user and a workspace of its own, in a folder that is removed at the end.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { ROOT } from "./build.mjs";
import { installVSCode } from "./install-vscode.mjs";

const REPOSITORY = resolve(ROOT, "../..");

/** The server under test. */
export const SERVER = resolve(
  process.env.HFS_TEST_SERVER ?? join(REPOSITORY, ".venv/bin/hfs-server"),
);

const QUIET = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "window.commandCenter": false,
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "extensions.ignoreRecommendations": true,
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "git.enabled": false,
  "remote.autoForwardPorts": false,
};

/** Folders with the example sessions in the workspace. */
export function makeWorld() {
  const root = mkdtempSync(join(tmpdir(), "hfs-vscode-"));
  const folder = (name) => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const world = {
    root,
    home: folder("home"),
    data: folder("data"),
    extensions: folder("extensions"),
    workspace: folder("notes"),
  };
  cpSync(join(REPOSITORY, "examples/sessions"), join(world.workspace, "exports"), {
    recursive: true,
  });
  return world;
}

/** Starts VS Code's server for the world; `settings` are those of its user on this machine. */
export async function startVSCode(release, world, { settings = {}, env = {}, flags = [] } = {}) {
  const installed = installVSCode(release);
  const port = await freePort();
  for (const name of ["User", "Machine"]) {
    mkdirSync(join(world.data, name), { recursive: true });
    writeFileSync(
      join(world.data, name, "settings.json"),
      JSON.stringify({ ...QUIET, ...settings }),
    );
  }
  const options = ["--host", "127.0.0.1", "--port", String(port), "--without-connection-token"];
  const folders = ["--server-data-dir", world.data, "--user-data-dir", world.data];
  const rest = ["--accept-server-license-terms", "--telemetry-level", "off", "--disable-telemetry"];
  const child = spawn(
    installed.node,
    [
      join(installed.vscode, "out/server-main.js"),
      ...options,
      ...folders,
      ...rest,
      "--disable-experiments",
      "--extensions-dir",
      world.extensions,
      ...flags,
    ],
    { cwd: world.root, env: environment(world, env), detached: true, stdio: "ignore" },
  );
  const address = `127.0.0.1:${port}`;
  await answering(`http://${address}/version`);
  return { address, stop: () => stopGroup(child) };
}

/** Installs a packaged extension as its users do. */
export function installVsix(release, world, vsix) {
  const { vscode, node } = installVSCode(release);
  const folders = ["--server-data-dir", world.data, "--extensions-dir", world.extensions];
  execFileSync(
    node,
    [join(vscode, "out/server-main.js"), "--install-extension", vsix, "--force", ...folders],
    { env: environment(world, {}), stdio: ["ignore", "ignore", "inherit"], timeout: 60_000 },
  );
}

/** The browser in which VS Code is shown. */
export function openBrowser() {
  const executablePath = process.env.HFS_TEST_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error("The tests need Chromium: install it, or name it in HFS_TEST_CHROMIUM.");
  }
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}

/** Removes what the world left, unless it shall be looked at. */
export function removeWorld(world) {
  if (process.env.HFS_TEST_KEEP) {
    console.log(`kept: ${world.root}`);
  } else {
    rmSync(world.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Our environment without what would reach into this VS Code, or lend it our server. */
function environment(world, more) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|npm_|HFS_|VIRTUAL_ENV$|NODE_OPTIONS$)/.test(name),
  );
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== dirname(SERVER))
    .join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path, HOME: world.home, ...more };
}

async function answering(url) {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (
      await fetch(url).then(
        (response) => response.ok,
        () => false,
      )
    ) {
      return;
    }
    await sleep(100);
  }
  throw new Error(`VS Code's server does not answer at ${url}.`);
}

async function stopGroup(child) {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    try {
      process.kill(-child.pid, signal);
    } catch {
      return;
    }
    // A timer that is left over keeps nobody waiting.
    await Promise.race([ended, sleep(5000, undefined, { ref: false })]);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
