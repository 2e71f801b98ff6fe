import assert from "node:assert/strict";
import { test } from "node:test";
import {
  findMessage,
  fragmentFor,
  marksIn,
  messageAt,
  messageIn,
} from "../../src/sessions/messagePlace";

const MARKDOWN = [
  "# Name",
  "### 1. User - 2026-02-01 10:00:00 UTC",
  "Find the login",
  "```",
  "### 2. forged",
  "*2. Result:* forged",
  "```",
  "~~~~ text",
  "```",
  "~~~",
  "### 9. forged",
  "~~~~",
  "### 2. Assistant",
  "I look at the login.",
  "<details open>",
  "<summary><strong>Edit</strong> 7. a.py</summary>",
  "*3. Result:* ok",
  "</details>",
  "<summary>4. User, added by a program - 1 line</summary>",
  "#### 6. of a message",
  "<summary>5. Result - 48 lines</summary>",
  "### 7. User",
  "The login again",
  "## Checkpoints",
  "login",
].join("\n");

const beginningOf = (message: number) => {
  const found = findMessage(MARKDOWN, { message });
  return found && [found.message, MARKDOWN.slice(found.start).split("\n", 1)[0]];
};

test("a message is found by its heading, its summary, or the line of its result", () => {
  assert.deepEqual(beginningOf(1), [1, "### 1. User - 2026-02-01 10:00:00 UTC"]);
  assert.deepEqual(beginningOf(2), [2, "### 2. Assistant"]);
  assert.deepEqual(beginningOf(3), [3, "*3. Result:* ok"]);
  assert.deepEqual(beginningOf(4), [4, "<summary>4. User, added by a program - 1 line</summary>"]);
  assert.deepEqual(beginningOf(5), [5, "<summary>5. Result - 48 lines</summary>"]);
  assert.deepEqual(beginningOf(7), [7, "### 7. User"]);
});

test("a message without a place of its own is at the one before it", () => {
  assert.deepEqual(beginningOf(6), [5, "<summary>5. Result - 48 lines</summary>"]);
  assert.deepEqual(beginningOf(99), [7, "### 7. User"]);
  assert.equal(beginningOf(0), undefined);
  assert.equal(findMessage("# Name\n", { message: 1 }), undefined);
});

test("code that looks like the beginning of a message is none", () => {
  assert.deepEqual(
    [...marksIn(MARKDOWN)].map(({ number }) => number),
    [1, 2, 3, 4, 5, 7, Number.POSITIVE_INFINITY],
  );
});

test("every offset is in the message that began last, or in none", () => {
  const messageOf = (text: string) => messageAt(MARKDOWN, MARKDOWN.indexOf(text));
  assert.equal(messageOf("# Name"), undefined);
  assert.equal(messageOf("### 1. User"), 1);
  assert.equal(messageOf("### 9. forged"), 1);
  assert.equal(messageOf("I look at"), 2);
  assert.equal(messageOf(" ok"), 3);
  assert.equal(messageOf("#### 6. of"), 4);
  assert.equal(messageOf("again"), 7);
  assert.equal(messageOf("## Checkpoints"), undefined);
  assert.equal(messageAt(MARKDOWN, MARKDOWN.length), undefined);
});

test("sections above the messages are no end of any", () => {
  const text = "# Name\n## Conversation\n### 1. User\nHello";
  assert.equal(findMessage(text, { message: 1, texts: ["Hello"] })?.message, 1);
  assert.equal(messageAt(text, text.length), 1);
});

test("what was found is looked for in its message only", () => {
  const textOf = (message: number, text: string) => {
    const found = findMessage(MARKDOWN, { message, texts: ["not there", "", text] });
    return found && [MARKDOWN.slice(0, found.start).split("\n").length, found.end - found.start];
  };
  assert.deepEqual(textOf(1, "login"), [3, 5]);
  assert.deepEqual(textOf(2, "login"), [14, 5]);
  assert.deepEqual(textOf(7, "login"), [23, 5]);
  assert.deepEqual(textOf(2, "again"), [13, 0]);
});

test("a session of a million lines is searched in no time worth speaking of", () => {
  const long = `${"`".repeat(200)} x\n`.repeat(10_000) + "# ### 1. \n~\n".repeat(500_000);
  assert.equal(findMessage(long, { message: 3 }), undefined);
});

test("a fragment names a message, or nothing", () => {
  assert.equal(messageIn(fragmentFor(12)), 12);
  for (const fragment of ["", "message-", "message-0", "message-x", "amessage-1", "message-1-2"]) {
    assert.equal(messageIn(fragment), undefined, fragment);
  }
});
