import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(__dirname, "../../..");
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const { contributes } = JSON.parse(read("package.json"));
const words: Record<string, string> = JSON.parse(read("package.nls.json"));
const commands: string[] = contributes.commands.map((one: { command: string }) => one.command);
const textOf = (key: string) => words[key.slice(1, -1)] ?? assert.fail(key);
const welcome: { contents: string; when: string }[] = contributes.viewsWelcome;
const [walkthrough] = contributes.walkthroughs;

/** Those of VS Code itself that a text may run. */
const OF_THE_EDITOR = ["workbench.action.openSettings", "workbench.trust.manage"];

interface Step {
  id: string;
  title: string;
  description: string;
  when?: string;
  media: { svg: string; altText: string };
  completionEvents: string[];
}
const steps: Step[] = walkthrough.steps;
const stepOf = (id: string) => steps.find((step) => step.id === id) ?? assert.fail(id);

test("the walkthrough goes from finding to importing, searching and exporting", () => {
  const always = steps.filter(({ when }) => when === undefined).map(({ id }) => id);
  assert.deepEqual(
    always,
    ["find", "import", "search", "export", "keep"].map((id) => `hfs.start.${id}`),
  );
  assert.equal(stepOf("hfs.start.server").when, "hfs.server == missing || hfs.server == failed");
});

test("every step is completed by what its button does", () => {
  for (const { id, description, completionEvents } of steps) {
    assert.ok(completionEvents.length > 0, id);
    const text = textOf(description);
    const isDone = completionEvents.some((event) => {
      const [kind, subject = ""] = event.split(":");
      const name = subject.split(" ")[0] ?? "";
      if (kind === "onCommand") {
        assert.ok(commands.includes(name), event);
      }
      return kind === "onContext" || text.includes(name);
    });
    assert.ok(isDone, id);
  }
});

test("the pictures of the walkthrough are there, have no words, and follow the theme", () => {
  for (const { media } of steps) {
    const picture = read(media.svg);
    assert.ok(textOf(media.altText).length > 10, media.svg);
    assert.match(picture, /var\(--vscode-/);
    for (const [, letters] of picture.matchAll(/>([^<>\n]+)</g)) {
      assert.match(letters ?? "", /^[A-Z][A-Za-z]$/, "letters of a tool");
    }
    assert.doesNotMatch(picture, /<script|href|url\(|https?:(?!\/\/www\.w3\.org)/);
  }
  assert.ok(existsSync(join(ROOT, walkthrough.icon)));
});

test("links of views and steps lead to commands that there are", () => {
  const texts = [
    ...welcome.map(({ contents }) => contents),
    ...steps.map((one) => one.description),
  ];
  for (const text of texts.map(textOf)) {
    for (const [, command = ""] of text.matchAll(/\(command:([\w.]+)/g)) {
      assert.ok([...commands, ...OF_THE_EDITOR].includes(command), command);
    }
    assert.match(text, /\(command:/);
  }
});

test("the view has words for each of its states that has no rows", () => {
  const keys: Record<string, string | boolean>[] = [
    { state: "empty" },
    { state: "empty", hasSources: true },
    { state: "empty", hasDeleted: true },
    { state: "empty", databasePath: "/somewhere" },
    { state: "empty", isRestricted: true },
    { state: "noServer" },
    { state: "noServer", isRestricted: true },
  ];
  const shown = keys.map((known) => welcome.filter(({ when }) => holds(when, known)).map(nameOf));
  assert.deepEqual(shown, [
    ["empty"],
    ["found"],
    ["empty", "deleted"],
    ["empty", "store"],
    ["empty", "restricted"],
    ["noServer"],
    ["noServer", "restricted"],
  ]);
  for (const state of ["sessions", "failed"]) {
    assert.deepEqual(
      welcome.filter(({ when }) => holds(when, { state, hasSources: true })),
      [],
    );
  }
});

const nameOf = ({ contents }: { contents: string }) => contents.slice("%welcome.".length, -1);

/** Whether a when clause of the view holds: conjunctions of keys, and of states. */
function holds(when: string, known: Record<string, string | boolean>): boolean {
  const keys: Record<string, unknown> = {
    "hfs.hasSources": known.hasSources,
    "hfs.hasDeleted": known.hasDeleted,
    "config.hfs.databasePath": known.databasePath,
    isWorkspaceTrusted: !known.isRestricted,
  };
  return when.split(" && ").every((part) => {
    const [, equal] = /^hfs\.sessions == (\w+)$/.exec(part) ?? [];
    const [, pattern] = /^hfs\.sessions =~ \/(.+)\/$/.exec(part) ?? [];
    if (equal !== undefined || pattern !== undefined) {
      return equal === known.state || (pattern && new RegExp(pattern).test(String(known.state)));
    }
    const name = part.replace(/^!/, "");
    assert.ok(name in keys, `an unknown key: ${name}`);
    return Boolean(keys[name]) !== part.startsWith("!");
  });
}
