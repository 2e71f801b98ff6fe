import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../../src/copying/message";

const calls = [{ id: "a", name: "Read", input: { file_path: "/a" } }];
const json = JSON.stringify({
  messages: [
    { role: "user", content: "Hello\n" },
    { role: "assistant", content: "", thinking: "Hm", tool_calls: calls },
    { role: "assistant", content: "", tool_calls: calls },
    { role: "user", content: "" },
  ],
});

test("the text of a message is its content, else its thinking, else its calls", () => {
  assert.equal(textOf(json, 1), "Hello\n");
  assert.equal(textOf(json, 2), "Hm");
  assert.deepEqual(JSON.parse(textOf(json, 3) ?? ""), calls);
  assert.equal(textOf(json, 4), "");
});

test("a message that is not there has none", () => {
  assert.equal(textOf(json, 0), undefined);
  assert.equal(textOf(json, 5), undefined);
});
