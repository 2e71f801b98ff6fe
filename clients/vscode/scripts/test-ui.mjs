// One story through the real user interface, on the packaged extension, with screenshots.
//
// The screenshots go to test-results/; --images also writes those of the README.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { arranging } from "../test/ui/arranging.mjs";
import { changing } from "../test/ui/changing.mjs";
import { languages } from "../test/ui/languages.mjs";
import { searching } from "../test/ui/searching.mjs";
import { firstMinutes } from "../test/ui/start.mjs";
import { story } from "../test/ui/story.mjs";
import { ROOT } from "./build.mjs";
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

const RESULTS = join(ROOT, "test-results");
const began = Date.now();
const release = RELEASES.newest;
const world = makeWorld();
rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS);
let failed = true;
try {
  installVsix(release, world, await packageVsix());
  const poor = { metadata: { schema_version: "9.0.0" }, messages: [] };
  writeFileSync(join(world.workspace, "exports/from-the-future.json"), JSON.stringify(poor));
  const settings = {
    "workbench.colorTheme": "Default Light Modern",
    "security.workspace.trust.startupPrompt": "never",
    "breadcrumbs.enabled": false,
    "editor.minimap.enabled": false,
  };
  const start = (more) => startVSCode(release, world, { settings: { ...settings, ...more } });
  const browser = await openBrowser();
  try {
    const told = { world, server: SERVER, start, browser, results: RESULTS };
    if (!process.env.HFS_TEST_ONLY) {
      await story({ ...told, standIn: join(ROOT, "test/standin.py") });
    }
    const isWanted = (part) => [undefined, "", part].includes(process.env.HFS_TEST_ONLY);
    if (isWanted("searching")) await searching(told);
    if (isWanted("changing")) await changing(told);
    if (isWanted("arranging")) await arranging(told);
    if (isWanted("start")) {
      await firstMinutes(told);
      await languages(told);
    }
  } finally {
    await browser.close();
  }
  assertNothingRuns(world);
  failed = false;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`The story went well: the .vsix in VS Code ${release.vscode}, ${seconds} s`);
  if (process.argv.includes("--images")) {
    for (const name of readdirSync(RESULTS).filter((name) =>
      /^(palette|import|view|markdown|preview|search|hover|deleted|sharing)\.png$/.test(name),
    )) {
      cpSync(join(RESULTS, name), join(ROOT, "images", name));
    }
  }
} finally {
  if (failed) {
    printLog();
  }
  removeWorld(world);
}

/** Fails if a process of the world outlived its VS Code. */
function assertNothingRuns({ root }) {
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    let line = "";
    try {
      line = readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      // It has ended meanwhile.
    }
    if (line.includes(root) && Number(id) !== process.pid) {
      throw new Error(`A process is left over: ${line}`);
    }
  }
}

/** What the extension wrote down, for whoever has to find out. */
function printLog() {
  const logs = join(world.data, "logs");
  const names = existsSync(logs) ? readdirSync(logs, { recursive: true }) : [];
  for (const name of names.filter((name) => name.endsWith("HFS.log"))) {
    console.log(`--- ${name}\n${readFileSync(join(logs, name), "utf8")}`);
  }
}
