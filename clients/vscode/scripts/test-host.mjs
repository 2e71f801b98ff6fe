// Runs test/host inside the extension host of a real VS Code.
//
// --vsix tests the packaged extension instead of this folder, --oldest the oldest VS Code, and
// --virtual only what there is in a workspace without files; VS Code enables a folder's extension
// anywhere, so that this says something of a package only.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildExtension, buildHostTests, ROOT } from "./build.mjs";
import { RELEASES } from "./install-vscode.mjs";
import { packageVsix } from "./package.mjs";
import {
  installVsix,
  makeWorld,
  openBrowser,
  removeWorld,
  SERVER,
  startVSCode,
} from "./vscode-server.mjs";

const TIME_LIMIT = 1_800_000;
const isVsix = process.argv.includes("--vsix");
const isVirtual = process.argv.includes("--virtual");
const release = process.argv.includes("--oldest") ? RELEASES.oldest : RELEASES.newest;

const began = Date.now();
await buildHostTests();
const world = makeWorld();
const report = join(world.root, "report.json");
writeFileSync(report, JSON.stringify({ tests: [], running: "the first test", measured: {} }));
let failures = 1;
let code;
try {
  if (isVsix) {
    installVsix(release, world, await packageVsix());
  } else {
    await buildExtension();
  }
  const vscode = await startVSCode(release, world, {
    env: {
      HFS_TEST_SERVER: SERVER,
      HFS_TEST_STANDIN: join(ROOT, "test/standin.py"),
      HFS_TEST_ROOT: world.root,
      HFS_TEST_REPORT: report,
      HFS_TEST_VSIX: isVsix ? "1" : "",
      HFS_TEST_VIRTUAL: isVirtual ? "1" : "",
      HFS_TEST_ONLY: process.env.HFS_TEST_ONLY ?? "",
    },
    flags: ["--disable-workspace-trust", "--enable-smoke-test-driver"],
  });
  const browser = await openBrowser();
  try {
    code = await runIn(browser, vscode.address);
  } finally {
    await browser.close();
    await vscode.stop();
  }
  const { tests, running, measured } = JSON.parse(readFileSync(report, "utf8"));
  failures = tests.filter((test) => test.error !== undefined).length;
  for (const { title, error, milliseconds } of tests) {
    console.log(`${error === undefined ? "ok  " : "FAIL"} ${title} (${milliseconds} ms)`);
    if (error !== undefined) {
      console.log(`     ${error.replaceAll("\n", "\n     ")}`);
    }
  }
  for (const [name, milliseconds] of Object.entries(measured)) {
    console.log(`measured: ${name}: ${milliseconds} ms`);
  }
  if (running !== undefined) {
    console.log(`FAIL ${running} (did not end)`);
  }
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const subject = isVsix ? "the .vsix" : "the folder";
  console.log(
    `${tests.length - failures} of ${tests.length} tests passed: ${subject} in VS Code ${release.vscode}, ${seconds} s`,
  );
  failures += tests.length === 0 ? 1 : 0;
} finally {
  removeWorld(world);
}
process.exitCode = failures === 0 && code === 0 ? 0 : 1;

async function runIn(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  await page.exposeFunction("codeAutomationExit", (result) => finish(result));
  await page.exposeFunction("codeAutomationLog", () => {});
  if (process.env.HFS_TEST_VERBOSE) {
    page.on("console", (message) => console.log(`  ${message.text()}`));
  }
  const remote = (path) => `vscode-remote://${address}${path}`;
  const payload = [
    ["extensionDevelopmentPath", remote(isVsix ? join(ROOT, "test/harness") : ROOT)],
    ["extensionTestsPath", remote(join(ROOT, "dist/test/host.js"))],
  ];
  const opened = isVirtual ? { workspace: virtualWorkspace() } : { folder: world.workspace };
  const query = new URLSearchParams({ ...opened, payload: JSON.stringify(payload) });
  await page.goto(`http://${address}/?${query}`);
  const timer = setTimeout(() => finish("no end in time"), TIME_LIMIT);
  const result = await finished;
  clearTimeout(timer);
  if (result !== 0) {
    console.log(`The extension host ended the run with: ${result}`);
  }
  return result;
}

/** A workspace whose only folder is on no disk. */
function virtualWorkspace() {
  const file = join(world.root, "virtual.code-workspace");
  writeFileSync(file, JSON.stringify({ folders: [{ uri: "hfs:/sessions", name: "virtual" }] }));
  return file;
}
