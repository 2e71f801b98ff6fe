import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatisticsResult, UsageSums } from "../../src/server/protocol";
import { spansOf } from "../../src/statistics/days";
import { type PageOptions, pageOf } from "../../src/statistics/page";

const NO_USAGE: UsageSums = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  costUsd: null,
};
const NASTY = `<img src=x onerror=alert(1)>"'&\n\u202e</title><script>`;

const counts = (messages: number, usage = NO_USAGE) => ({
  sessions: 1,
  messages,
  prompts: 1,
  toolCalls: 2,
  usage,
});

function statistics(more: Partial<StatisticsResult> = {}): StatisticsResult {
  return { ...counts(10), byTool: [], byModel: [], byDay: [], byProject: [], ...more };
}

const options = (more: Partial<PageOptions> = {}): PageOptions => ({
  choices: [],
  command: "hfs.showStatistics",
  nonce: "n0nce",
  language: "en",
  translate: (text, ...values) =>
    text.replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)])),
  toolName: (tool) => tool,
  ...more,
});

const days = (...names: string[]) => names.map((day) => ({ day, messages: 1 }));
const begins = (...names: string[]) => spansOf(days(...names)).spans.map(({ begin }) => begin);

test("days without messages are between the others", () => {
  assert.deepEqual(spansOf([]), { unit: "day", spans: [] });
  assert.deepEqual(begins("2026-02-27", "2026-03-02"), [
    "2026-02-27",
    "2026-02-28",
    "2026-03-01",
    "2026-03-02",
  ]);
  assert.deepEqual(
    spansOf(days("2026-02-27", "2026-03-01")).spans.map(({ messages }) => messages),
    [1, 0, 1],
  );
});

test("a longer time is shown in weeks, months or years, and every message is in one of them", () => {
  const cases = [
    ["2026-01-01", "2026-04-30", "day"],
    ["2026-01-01", "2026-08-01", "week"],
    ["2024-02-29", "2026-08-01", "month"],
    ["1990-01-01", "2026-08-01", "year"],
    ["0001-01-01", "9999-12-31", "year"],
  ] as const;
  for (const [first, last, unit] of cases) {
    const found = spansOf(days(first, first, last));
    assert.equal(found.unit, unit, `${first} to ${last}`);
    assert.ok(found.spans.length <= 120);
    assert.equal(
      found.spans.reduce((sum, { messages }) => sum + messages, 0),
      3,
    );
  }
});

test("a page loads nothing, runs nothing, and has no style but its own", () => {
  const html = pageOf(statistics(), options());
  assert.match(html, /content="default-src 'none'; style-src 'nonce-n0nce'"/);
  assert.doesNotMatch(html, /<script|<link|<img|<iframe|\bstyle="|\bon\w+=|url\(|https?:|src=/);
  assert.equal(html.match(/<style nonce="n0nce">/g)?.length, 1);
});

test("names of tools, models, projects and choices cannot leave their places", () => {
  const choices = [
    { name: NASTY, choices: [{ label: NASTY, selection: { project: NASTY }, isChosen: true }] },
  ];
  const html = pageOf(
    statistics({
      byTool: [{ tool: NASTY, ...counts(5) }],
      byModel: [{ model: NASTY, ...counts(5) }],
      byProject: [{ project: NASTY.repeat(1000), ...counts(5) }],
    }),
    options({ choices }),
  );
  assert.doesNotMatch(html, /<img|<script/);
  assert.equal(html.match(/<\/title>/g)?.length, 1);
  assert.ok(html.length < 30_000);
  const [, argument] = /href="command:hfs\.showStatistics\?([^"]+)"/.exec(html) ?? [];
  assert.deepEqual(JSON.parse(decodeURIComponent((argument ?? "").replaceAll("&#39;", "'"))), [
    { project: NASTY },
  ]);
});

test("charts have a text, or are beside their numbers", () => {
  const html = pageOf(
    statistics({
      byDay: [{ day: "2026-02-01", ...counts(1_000_000) }],
      byTool: [{ tool: "codex", ...counts(5) }],
    }),
    options(),
  );
  const charts = html.match(/<svg [^>]+>/g) ?? [];
  assert.equal(charts.length, 3);
  assert.ok(
    charts.every((chart) => /role="img" aria-label="[^"]+"|aria-hidden="true"/.test(chart)),
  );
  assert.match(html, /aria-label="Messages by day: 2026-02-01 to 2026-02-01, at most 1000000"/);
  assert.match(html, /<th scope="row"><bdi>codex<\/bdi><\/th>/);
});

test("tokens and cost are shown where they are known, and only there", () => {
  const plain = pageOf(statistics({ byTool: [{ tool: "hfs", ...counts(5) }] }), options());
  assert.doesNotMatch(plain, /Tokens|Cost|NaN|null|undefined/);
  const usage = { ...NO_USAGE, inputTokens: 1_234_567, costUsd: 0.0125 };
  const rich = pageOf(
    statistics({ usage, byTool: [{ tool: "codex", ...counts(5, usage) }] }),
    options(),
  );
  assert.match(rich, /<dt>Tokens in<\/dt><dd>1\.2M<\/dd>/);
  assert.match(rich, /<dd>\$0\.0125<\/dd>/);
  assert.doesNotMatch(rich, /Tokens out|NaN|null|undefined/);
});

test("nothing at all is said in a sentence", () => {
  const html = pageOf(statistics({ sessions: 0, messages: 0 }), options());
  assert.match(html, /There are no such sessions\./);
  assert.doesNotMatch(html, /<svg|<table/);
});
