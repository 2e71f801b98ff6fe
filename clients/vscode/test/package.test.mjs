import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";
import { ROOT } from "../scripts/build.mjs";
import { packageVsix, pageOf } from "../scripts/package.mjs";

const LARGEST = 1_200_000;
/** What the extension itself may need; the rest is the server's wheel. */
const LARGEST_EXTENSION = 400_000;
/** What is parsed when the extension is activated, by any JSON, Markdown or source file. */
const LARGEST_ACTIVATION = 200_000;
const BUNDLES = ["dist/extension.js", "dist/languageClient.js"];
const ALLOWED = [
  "[Content_Types].xml",
  "extension.vsixmanifest",
  "extension/LICENSE.txt",
  "extension/changelog.md",
  "extension/dist/extension.js",
  "extension/dist/hfs-export.schema.json",
  "extension/dist/languageClient.js",
  "extension/icon.png",
  ...["de", "zh-cn"].map((language) => `extension/l10n/bundle.l10n.${language}.json`),
  "extension/package.json",
  "extension/package.nls.json",
  ...["de", "zh-cn"].map((language) => `extension/package.nls.${language}.json`),
  "extension/readme.md",
  ...["export", "find", "import", "keep", "search"].map(
    (name) => `extension/walkthrough/${name}.svg`,
  ),
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
  assert.deepEqual(files.filter((name) => !wheels.includes(name)).sort(), ALLOWED.toSorted());
});

test("nothing is needed at run time that is not in the bundle", () => {
  const own = ["vscode", "./languageClient.js"];
  const bundles = BUNDLES.map((name) => readFileSync(join(ROOT, name), "utf8")).join("\n");
  const required = [...bundles.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
  const others = required.filter((name) => !own.includes(name) && !isBuiltin(name));
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

test("once the repository is public, the page has all pictures, from there", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const page = pageOf(readme, { url: "https://code.example.org/x", directory: "clients/vscode" });
  const pictures = [...page.matchAll(/!\[([^\]]*)\]\(([^)]*)\)/g)];
  assert.equal(pictures.length, readme.split("![").length - 1);
  for (const [, words, address] of pictures) {
    const [, path] = /^https:\/\/code\.example\.org\/x\/raw\/main\/clients\/vscode\/(.+)$/.exec(
      address,
    );
    assert.ok(existsSync(join(ROOT, path)), path);
    assert.ok(words.length > 10, path);
    assert.doesNotMatch(path, /\.svg$/, "the Marketplace shows no SVG");
  }
});

test("the package is small", () => {
  const { size } = statSync(vsix);
  console.log(
    `bundle: ${statSync(join(ROOT, "dist/extension.js")).size} bytes, .vsix: ${size} bytes`,
  );
  assert.ok(size < LARGEST, `${size} bytes`);
  const wheel = readdirSync(join(ROOT, "server")).find((name) => name.endsWith(".whl"));
  const ofServer = statSync(join(ROOT, "server", wheel)).size;
  assert.ok(size - 0.9 * ofServer < LARGEST_EXTENSION, `${size} bytes, ${ofServer} of the server`);
});

test("activation loads no language client, and little else", () => {
  const { size } = statSync(join(ROOT, "dist/extension.js"));
  assert.ok(size < LARGEST_ACTIVATION, `${size} bytes`);
});

test("the bundle and the lock file name no registry and no folder of the builder", () => {
  for (const name of [...BUNDLES, "package-lock.json", "package.json", ".npmrc"]) {
    const text = readFileSync(join(ROOT, name), "utf8");
    assert.ok(!text.includes(ROOT), name);
    assert.ok(!/"resolved"|registry\./.test(text), name);
  }
});
