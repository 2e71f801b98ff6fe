import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";
import { ROOT } from "../scripts/build.mjs";
import { packageVsix } from "../scripts/package.mjs";

const LARGEST = 900_000;
const ALLOWED = [
  "[Content_Types].xml",
  "extension.vsixmanifest",
  "extension/LICENSE.txt",
  "extension/changelog.md",
  "extension/dist/extension.js",
  "extension/icon.png",
  "extension/package.json",
  "extension/package.nls.json",
  "extension/readme.md",
];

let vsix;
let files;

before(async () => {
  vsix = await packageVsix();
  const list = "import sys, zipfile; print('\\n'.join(zipfile.ZipFile(sys.argv[1]).namelist()))";
  files = execFileSync("python3", ["-c", list, vsix], { encoding: "utf8" }).trim().split("\n");
});

test("the package holds what it must, one wheel, and nothing else", () => {
  const wheels = files.filter((name) =>
    /^extension\/server\/hfs_server-.+-none-any\.whl$/.test(name),
  );
  assert.equal(wheels.length, 1);
  assert.deepEqual(files.filter((name) => !wheels.includes(name)).sort(), ALLOWED);
});

test("nothing is needed at run time that is not in the bundle", () => {
  const bundle = readFileSync(join(ROOT, "dist/extension.js"), "utf8");
  const required = [...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
  const others = required.filter((name) => name !== "vscode" && !isBuiltin(name));
  assert.ok(required.includes("vscode"));
  assert.deepEqual(others, []);
});

test("the wheel has the extension's version", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  assert.ok(files.some((name) => name.startsWith(`extension/server/hfs_server-${version}-`)));
});

test("the page of the extension has no picture that VS Code cannot show", () => {
  const read =
    "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())";
  const readme = execFileSync("python3", ["-c", read, vsix, "extension/readme.md"], {
    encoding: "utf8",
  });
  const pictures = [...readme.matchAll(/!\[[^\]]*\]\(([^)]*)\)|<img[^>]*src="([^"]*)"/g)];
  // It takes those of the web alone, wherever in the package others may lie.
  const broken = pictures.filter(([, one, other]) => !/^https:/.test(one ?? other));
  assert.deepEqual(broken, []);
  assert.ok(readme.includes("## Commands"));
  assert.doesNotMatch(readme, /:\n\n(?!\d|-|\|)/);
});

test("the package is small", () => {
  const { size } = statSync(vsix);
  console.log(
    `bundle: ${statSync(join(ROOT, "dist/extension.js")).size} bytes, .vsix: ${size} bytes`,
  );
  assert.ok(size < LARGEST, `${size} bytes`);
});

test("the bundle and the lock file name no registry and no folder of the builder", () => {
  for (const name of ["dist/extension.js", "package-lock.json", "package.json", ".npmrc"]) {
    const text = readFileSync(join(ROOT, name), "utf8");
    assert.ok(!text.includes(ROOT), name);
    assert.ok(!/"resolved"|registry\./.test(text), name);
  }
});
