import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { marksIn } from "../../src/sessions/messagePlace";
import { steps } from "../../src/sessions/steps";
import { type Part, partsOf } from "../../src/sessionTab/parts";

const GOLDEN = join(__dirname, "../../../../../tests/unit/exporters/markdown/golden");
const golden = (name: string) => readFileSync(join(GOLDEN, name), "utf8");
const lines = golden("claude_code_full.md").split("\n");
const { parts, folds } = partsOf(lines.join("\n"));
const message = (number: number) => parts.find((part) => part.number === number) as Part;
const all = (found: readonly Part[]): Part[] => found.flatMap((one) => [one, ...all(one.parts)]);

test("messages have their authors, first words, models and times", () => {
  const { kind, title, words, detail, line } = message(3);
  assert.deepEqual([kind, title], ["message", "Assistant"]);
  assert.equal(words, "I'll run the test first, and look at the code.");
  assert.equal(detail, "claude-opus-4-5-20251101 · 2026-02-01 10:00:05 UTC");
  assert.match(lines[line] ?? "", /^### 3\. /);
  assert.equal(message(2).words, "The login test fails since yesterday. Find out why, and fix it.");
});

test("a message that a program added is one, with its own words", () => {
  const { title, words } = message(1);
  assert.equal(title, "User");
  assert.match(words, /^<local-command-caveat>Caveat: /);
  assert.match(lines[message(1).line] ?? "", /^<details>/);
});

test("tool calls lie in their messages, and results in their calls", () => {
  const calls = message(3).parts.map((call) => [call.title, call.words, call.parts[0]?.number]);
  assert.deepEqual(calls, [
    ["Bash", "Run the login test - error", 4],
    ["Read", "src/login.py", 5],
    ["Grep", "expires_at", 6],
  ]);
  assert.equal(message(3).parts[0]?.parts[0]?.detail, "error, 6 lines");
});

test("what can be folded begins with the line that says what it is, and ends with its end", () => {
  for (const { start, end } of folds) {
    assert.match(lines[start] ?? "", /^<summary>.*<\/summary>$/);
    assert.equal(lines[end], "</details>");
  }
  assert.equal(folds.length, lines.filter((line) => line.startsWith("<details")).length);
});

for (const name of readdirSync(GOLDEN).filter((one) => one.endsWith(".md"))) {
  test(`every message of ${name} is found, in order, and none twice`, () => {
    const markdown = golden(name);
    const found = all(partsOf(markdown).parts);
    const numbers = found.flatMap(({ number }) => (number === undefined ? [] : [number]));
    const marked = [...marksIn(markdown)].map(({ number }) => number).filter(Number.isFinite);
    assert.deepEqual(numbers, marked);
    const count = markdown.split("\n").length;
    assert.ok(found.every(({ line, end }) => line <= end && end < count));
  });
}

test("the sections below the messages have names, and the conversation needs none", () => {
  const sections = partsOf(golden("full.md")).parts.filter(({ kind }) => kind === "section");
  assert.ok(sections.some(({ title }) => title === "Timeline"));
  assert.ok(!sections.some(({ title }) => title === "Conversation"));
});

test("code that looks like the lines of an export is code", () => {
  const code = "### 2. User\n\n<details>\n<summary>x</summary>\n</details>\n*3. Result*";
  const found = partsOf(
    `# A\n\n### 1. User\n\n\`\`\`\`\n\`\`\`\n${code}\n\`\`\`\`\n\n### 4. Tool\n`,
  );
  assert.deepEqual(
    found.parts.map(({ number, words }) => [number, words]),
    [
      [1, "2. User"],
      [4, ""],
    ],
  );
  assert.deepEqual(found.folds, []);
});

test("a session that grew is changed at the top and below in two steps", () => {
  const text = (count: number, ...messages: string[]) =>
    `# A\n\n- **Messages:** ${count}\n\n## Conversation\n\n${messages.join("\n\n")}\n`;
  const one = text(1, "### 1. User");
  const two = text(2, "### 1. User", "### 2. User");
  assert.deepEqual(steps(one, two), [text(1, "### 1. User", "### 2. User"), two]);
  assert.deepEqual(steps(one, one.replace("1\n", "9\n")), [one.replace("1\n", "9\n")]);
  assert.deepEqual(steps("", one), [one]);
  const other = two.replace("# A", "# B");
  assert.deepEqual(steps(one, other), [other]);
  assert.deepEqual(steps('{"a": 1}', '{"a": 2}'), ['{"a": 2}']);
});
