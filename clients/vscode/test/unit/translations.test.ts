/**
 * Holds the translations against the manifest and the code.
 *
 * A failure lists what is missing or left over, ready to be put into the files that it names.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

type Texts = Record<string, string>;

const ROOT = join(__dirname, "../../..");
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const textsIn = (name: string): Texts => JSON.parse(read(name));
const manifest = JSON.parse(read("package.json"));
const titles = textsIn("package.nls.json");

/** The words of each language for what is spoken of most, so that one thing has one name. */
const GLOSSARIES: Record<string, [english: RegExp, translated: RegExp][]> = {
  de: [
    [/\bsessions?\b/i, /Sitzung/],
    [/\btools?\b/i, /Tool/],
    [/\bstore\b/i, /Speicher/],
    [/\bworkspaces?\b/i, /[Aa]rbeitsbereich/],
    [/\bsettings?\b/i, /Einstellung/],
    [/\bfolders?\b/i, /Ordner/],
    [/\bmessages?\b/i, /Nachricht/],
    [/\bimport/i, /[Ii]mport/],
    [/\bexport/i, /[Ee]xport/],
    [/\bindex\b/i, /[Ii]ndex/],
    [/\bsecrets?\b/i, /[Gg]eheimnis/],
    [/\brestor/i, /[Ww]iederherstell|wiederhergestellt/],
    [/\bdiagnostics\b/i, /Diagnose/],
    [/\bcheckpoints?\b/i, /Prüfpunkt/],
    [/\bRestricted Mode\b/, /eingeschränkten Modus/],
  ],
  "zh-cn": [
    [/\bsessions?\b/i, /会话/],
    [/\btools?\b/i, /工具/],
    [/\bstore\b/i, /存储库/],
    [/\bworkspaces?\b/i, /工作区/],
    [/\bsettings?\b/i, /设置/],
    [/\bfolders?\b/i, /文件夹/],
    [/\bmessages?\b/i, /消息/],
    [/\bimport/i, /导入/],
    [/\bexport/i, /导出/],
    [/\bindex\b/i, /索引/],
    [/\bsecrets?\b/i, /机密信息/],
    [/\brestor/i, /恢复/],
    [/\bdiagnostics\b/i, /诊断信息/],
    [/\bcheckpoints?\b/i, /检查点/],
    [/\bRestricted Mode\b/, /受限模式/],
  ],
};
/** Code, links, names of settings and filters of a search. */
const NO_WORDS = /`[^`]*`|\([^)]*command:[^)]*\)|\bhfs[.-][\w.]+|\b[a-z]+:[\w-]+/g;
const LANGUAGES = Object.keys(GLOSSARIES);

/** Calls that pass on a text that another place has as a literal. */
const PASSED_ON = ["vscode.l10n.t(text, ...values)"];
const CALL = /(?:\bl10n\.t|\bthis\.t|(?<![\w.])t)\(\s*/g;
const LITERAL = /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/;

/** The texts that the code translates. */
function textsOfCode(): string[] {
  const texts = new Set<string>();
  const names = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  for (const name of names.filter((name) => name.endsWith(".ts"))) {
    const source = read(join("src", name));
    for (const call of source.matchAll(CALL)) {
      const rest = source.slice(call.index + call[0].length);
      const literal = LITERAL.exec(rest)?.[0];
      const isPassedOn = PASSED_ON.some((one) => source.slice(call.index - 7).startsWith(one));
      assert.ok(literal ?? isPassedOn, `${name}: a text that is no literal: ${rest.slice(0, 60)}`);
      if (literal) {
        texts.add(new Function(`return ${literal}`)());
      }
    }
  }
  return [...texts];
}

/** The texts in English by their keys, and the file with their translations. */
const SOURCES: [fileOf: (language: string) => string, english: Texts][] = [
  [(language) => `package.nls.${language}.json`, titles],
  [
    (language) => `l10n/bundle.l10n.${language}.json`,
    Object.fromEntries(textsOfCode().map((text) => [text, text])),
  ],
];

/** Each text in both languages, and where it is translated. */
function* pairs(language: string): Generator<{ english: string; text: string; at: string }> {
  for (const [fileOf, english] of SOURCES) {
    for (const [key, text] of Object.entries(textsIn(fileOf(language)))) {
      yield {
        english: english[key] ?? "",
        text,
        at: `${fileOf(language)}: ${JSON.stringify(key)}`,
      };
    }
  }
}

/** What no translation may change: places for values, links, code, and the names of commands. */
function fixedIn(text: string): string[] {
  const parts =
    /\{\d+\}|\b[a-z]+:[a-z0-9][\w-]+|\]\([^)]*\)|`[^`]+`|\$\{\w+\}|\bhfs-server\b|\bhfs\.\w+(?:\.\w+)*|…$|\n/g;
  return (text.match(parts) ?? []).sort();
}

test("the code has texts to translate, and so has the manifest", () => {
  assert.ok(textsOfCode().length > 200);
  assert.ok(textsOfCode().includes("Messages by day") && textsOfCode().includes("Show Log"));
  assert.equal(manifest.l10n, "./l10n");
});

for (const language of LANGUAGES) {
  for (const [fileOf, english] of SOURCES) {
    const file = fileOf(language);
    test(`${file} has every text, and no other`, () => {
      const known = textsIn(file);
      const missing = Object.fromEntries(
        Object.entries(english).filter(([key]) => (known[key] ?? "").trim() === ""),
      );
      const left = Object.keys(known).filter((key) => !(key in english));
      const report = JSON.stringify({ "to translate": missing, "to remove": left }, null, 2);
      assert.ok(Object.keys(missing).length + left.length === 0, `${file}:\n${report}`);
    });
  }

  test(`in ${language} places for values, links, code and ellipses are those of the text`, () => {
    for (const { english, text, at } of pairs(language)) {
      assert.deepEqual(fixedIn(text), fixedIn(english), at);
    }
  });

  test(`in ${language} one thing has one name`, () => {
    const wrong = [...pairs(language)].flatMap(({ english, text, at }) => {
      const said = english.replace(NO_WORDS, "");
      return (GLOSSARIES[language] ?? [])
        .filter(([term, translated]) => term.test(said) && !translated.test(text))
        .map(([, translated]) => `${at}: expected ${translated} in: ${text}`);
    });
    assert.deepEqual(wrong, []);
  });

  test(`in ${language} a command is called as the palette calls it`, () => {
    const translated = textsIn(`package.nls.${language}.json`);
    const keys = Object.keys(titles).filter((key) => !key.includes("."));
    for (const { english, text, at } of pairs(language)) {
      for (const [, name = ""] of english.matchAll(/[“*]HFS: ([^”*]+)[”*]/g)) {
        const key = keys.find((key) => titles[key]?.replace(/^HFS: /, "") === name);
        assert.ok(key, `${at}: there is no command ${name}`);
        const title = (translated[key] ?? "").replace(/^HFS: /, "");
        assert.ok(text.includes(`HFS: ${title}`), `${at}: expected “HFS: ${title}”`);
      }
    }
  });

  test(`in ${language} menus that show no category say whose entry it is`, () => {
    for (const { command, title, category } of manifest.contributes.commands) {
      const text = textsIn(`package.nls.${language}.json`)[title.slice(1, -1)] ?? "";
      assert.equal(text.startsWith("HFS: "), category === undefined, command);
    }
  });
}

test("a translation is one: hardly a text is the same in another language", () => {
  for (const language of LANGUAGES) {
    const same = [...pairs(language)]
      .filter(({ english, text }) => english === text && /\p{L}{3}/u.test(english))
      .map(({ text }) => text);
    const allowed = [
      "Markdown",
      "HTML",
      "JSON",
      "Tool",
      "Tools",
      "Tool: {0}",
      "Tags: {0}",
      "Prompts",
    ];
    assert.deepEqual(
      same.filter((text) => !allowed.includes(text)),
      [],
      language,
    );
  }
});
