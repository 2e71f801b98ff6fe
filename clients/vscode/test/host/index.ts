/** Runs the suites inside the extension host, and writes down how each test went. */

import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import { measured, variable } from "./world";

interface Outcome {
  title: string;
  milliseconds: number;
  error?: string;
}

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 120_000, grep: variable("HFS_TEST_ONLY") });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  if (variable("HFS_TEST_VIRTUAL")) {
    require("./virtual");
  } else {
    requireAll();
  }
  const outcomes: Outcome[] = [];
  // After each step, so that a run that does not end says how far it came.
  const report = (running?: string) => {
    const found = { tests: outcomes, running, measured: Object.fromEntries(measured) };
    writeFileSync(variable("HFS_TEST_REPORT"), JSON.stringify(found));
  };
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => {
      report();
      failures === 0 ? resolve() : reject(new Error(`${failures} tests failed`));
    });
    runner.on("test", (test) => report(test.fullTitle()));
    runner.on("pass", (test) => {
      outcomes.push({ title: test.fullTitle(), milliseconds: test.duration ?? 0 });
    });
    runner.on("fail", (test, error: Error) => {
      const text = error.stack ?? String(error);
      outcomes.push({ title: test.fullTitle(), milliseconds: test.duration ?? 0, error: text });
    });
  });
}

function requireAll(): void {
  require("./activation");
  require("./commands");
  require("./documents");
  require("./links");
  require("./failures");
  if (variable("HFS_TEST_VSIX")) {
    require("./installation");
  } else {
    // Only beside the sources is this the same `vscode` object that the extension sees.
    require("./messages");
    require("./imports");
    require("./groups");
    require("./filtering");
    require("./keep");
    require("./rows");
    require("./copying");
    require("./comparing");
    require("./continuing");
    require("./sessionLinks");
    require("./deletion");
    require("./sharing");
    require("./exportAll");
    require("./exportTo");
    require("./dragAndDrop");
    require("./changes");
    require("./authorship");
    require("./search");
    require("./searchResults");
    require("./tools");
    require("./statistics");
    require("./diagnostics");
    require("./status");
    require("./welcome");
    require("./accessibility");
    require("./sessionFiles");
    require("./sessionTab");
  }
}
