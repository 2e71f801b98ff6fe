/** The statistics as a page without scripts, which loads nothing. */

import type { StatisticsResult, UsageSums } from "../server/protocol";
import { oneLine, shortened } from "../text";
import { spansOf, type Unit } from "./days";
import { STYLE } from "./style";

/** What the page is about. */
export interface Selection {
  since?: string | undefined;
  project?: string | undefined;
}

export interface Choice {
  label: string;
  selection: Selection;
  isChosen: boolean;
}

export interface PageOptions {
  /** The rows of links, each with its name for a screen reader. */
  choices: { name: string; choices: Choice[] }[];
  /** The command that shows a selection. */
  command: string;
  nonce: string;
  language: string;
  translate: (text: string, ...values: (string | number)[]) => string;
  toolName: (tool: string) => string;
}

interface Row {
  name: string;
  messages: number;
  sessions: number;
  usage: UsageSums;
}

const MOST_ROWS = 20;
const LONGEST_NAME = 80;
const LONGEST_PLAIN = 30;
const CHART_HEIGHT = 100;
const BAR_WIDTH = 10;

/** The whole page as HTML. */
export function pageOf(result: StatisticsResult, options: PageOptions): string {
  const page = new Page(result, options);
  return page.html();
}

class Page {
  private readonly t: PageOptions["translate"];

  constructor(
    private readonly result: StatisticsResult,
    private readonly options: PageOptions,
  ) {
    this.t = options.translate;
  }

  html(): string {
    const { nonce, language } = this.options;
    const title = escaped(this.t("Statistics of Sessions"));
    const body = this.result.sessions === 0 ? this.nothing() : this.everything();
    return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
${this.options.choices.map((one) => this.navigation(one.name, one.choices)).join("\n")}
<main>
${body}
</main>
</body>
</html>`;
  }

  private navigation(name: string, choices: readonly Choice[]): string {
    const links = choices.map(({ label, selection, isChosen }) => {
      const argument = encodeURIComponent(JSON.stringify([selection]));
      const current = isChosen ? ' aria-current="true"' : "";
      const href = `command:${this.options.command}?${argument}`;
      return `<li><a href="${escaped(href)}"${current}>${escaped(label)}</a></li>`;
    });
    return `<nav aria-label="${escaped(name)}"><ul>${links.join("")}</ul></nav>`;
  }

  private nothing(): string {
    return `<p>${escaped(this.t("There are no such sessions."))}</p>`;
  }

  private everything(): string {
    const { byTool, byModel, byProject } = this.result;
    const tools = byTool.map((one) => ({ ...one, name: this.options.toolName(one.tool) }));
    const models = byModel.map((one) => ({ ...one, name: one.model ?? this.t("Not known") }));
    const projects = byProject.map((one) => ({ ...one, name: one.project ?? this.t("None") }));
    return [
      this.totals(),
      this.days(),
      this.table(this.t("Tools"), this.t("Tool"), tools),
      this.table(this.t("Models"), this.t("Model"), models),
      this.table(this.t("Projects"), this.t("Project"), projects),
    ].join("\n");
  }

  private totals(): string {
    const { sessions, messages, prompts, toolCalls, usage } = this.result;
    const cached = (usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0);
    const facts: [string, string][] = [
      [this.t("Sessions"), this.whole(sessions)],
      [this.t("Messages"), this.whole(messages)],
      [this.t("Prompts"), this.whole(prompts)],
      [this.t("Tool calls"), this.whole(toolCalls)],
    ];
    const known: [string, number | null, (value: number) => string][] = [
      [this.t("Tokens in"), usage.inputTokens, (value) => this.brief(value)],
      [this.t("Tokens out"), usage.outputTokens, (value) => this.brief(value)],
      [this.t("Tokens of caches"), cached || null, (value) => this.brief(value)],
      [this.t("Cost"), usage.costUsd, (value) => this.price(value)],
    ];
    for (const [name, value, shown] of known) {
      if (value !== null) {
        facts.push([name, shown(value)]);
      }
    }
    const items = facts.map(
      ([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`,
    );
    return `<dl class="totals">${items.join("")}</dl>`;
  }

  private days(): string {
    const { unit, spans } = spansOf(this.result.byDay);
    if (spans.length === 0) {
      return "";
    }
    const most = Math.max(1, ...spans.map(({ messages }) => messages));
    const bars = spans.map(({ begin, messages }, index) => {
      const height = messages === 0 ? 0 : Math.max(1, (messages / most) * CHART_HEIGHT);
      const label = this.t("{0}: {1} messages", begin, this.whole(messages));
      const place = `x="${index * BAR_WIDTH + 1}" width="${BAR_WIDTH - 2}"`;
      // The whole column shows the title, not only the bar.
      return `<g><title>${escaped(label)}</title><rect class="column" ${place} y="0" height="${CHART_HEIGHT}"/><rect class="bar" ${place} y="${(CHART_HEIGHT - height).toFixed(2)}" height="${height.toFixed(2)}"/></g>`;
    });
    const [first, last] = [spans[0]?.begin ?? "", spans.at(-1)?.begin ?? ""];
    const label = this.t("{0}: {1} to {2}, at most {3}", this.perUnit(unit), first, last, most);
    const box = `0 0 ${spans.length * BAR_WIDTH} ${CHART_HEIGHT}`;
    return `<section>
<h2>${escaped(this.perUnit(unit))}</h2>
<figure>
<p class="most" aria-hidden="true">${escaped(this.whole(most))}</p>
<svg role="img" aria-label="${escaped(label)}" viewBox="${box}" preserveAspectRatio="none">${bars.join("")}</svg>
<figcaption aria-hidden="true"><span>${first}</span><span>${last}</span></figcaption>
</figure>
${this.dayTable()}
</section>`;
  }

  private perUnit(unit: Unit): string {
    switch (unit) {
      case "day":
        return this.t("Messages by day");
      case "week":
        return this.t("Messages by week");
      case "month":
        return this.t("Messages by month");
      case "year":
        return this.t("Messages by year");
    }
  }

  /** What the chart shows, in numbers: newest first. */
  private dayTable(): string {
    const rows = this.result.byDay.map((one) => ({ ...one, name: one.day })).reverse();
    const summary = escaped(this.t("All days in numbers"));
    return `<details><summary>${summary}</summary>${this.rows(this.t("Day"), rows)}</details>`;
  }

  private table(heading: string, column: string, rows: readonly Row[]): string {
    if (rows.length === 0) {
      return "";
    }
    const shown = rows.slice(0, MOST_ROWS);
    const more = rows.length - shown.length;
    const rest = more > 0 ? `<p>${escaped(this.t("and {0} more", more))}</p>` : "";
    return `<section><h2>${escaped(heading)}</h2>${this.rows(column, shown)}${rest}</section>`;
  }

  private rows(column: string, rows: readonly Row[]): string {
    const most = Math.max(1, ...rows.map(({ messages }) => messages));
    const hasTokens = rows.some(({ usage }) => tokensOf(usage) !== null);
    const hasCost = rows.some(({ usage }) => usage.costUsd !== null);
    const head = [this.t("Messages"), this.t("Sessions")];
    const body = rows.map((row) => {
      const numbers = [this.whole(row.messages), this.whole(row.sessions)];
      if (hasTokens) {
        numbers.push(orNothing(tokensOf(row.usage), (value) => this.brief(value)));
      }
      if (hasCost) {
        numbers.push(orNothing(row.usage.costUsd, (value) => this.price(value)));
      }
      return `<tr>${this.nameCell(row.name)}${barCell(row.messages / most)}${cells(numbers)}</tr>`;
    });
    head.push(...(hasTokens ? [this.t("Tokens")] : []), ...(hasCost ? [this.t("Cost")] : []));
    const headings = head.map((text) => `<th scope="col">${escaped(text)}</th>`).join("");
    return `<table><thead><tr><th scope="col">${escaped(column)}</th><td></td>${headings}</tr></thead><tbody>${body.join("\n")}</tbody></table>`;
  }

  private nameCell(name: string): string {
    const whole = oneLine(name);
    const shown = shortened(name, LONGEST_NAME);
    // The table may be too narrow for it.
    const title =
      whole.length <= LONGEST_PLAIN ? "" : ` title="${escaped(whole.slice(0, 10 * LONGEST_NAME))}"`;
    return `<th scope="row"${title}><bdi>${escaped(shown)}</bdi></th>`;
  }

  private whole(value: number): string {
    return value.toLocaleString(this.options.language);
  }

  private brief(value: number): string {
    const how = { notation: "compact", maximumFractionDigits: 1 } as const;
    return value.toLocaleString(this.options.language, how);
  }

  private price(value: number): string {
    const digits = value !== 0 && value < 0.1 ? 4 : 2;
    const how = { style: "currency", currency: "USD", minimumFractionDigits: digits } as const;
    return value.toLocaleString(this.options.language, { ...how, maximumFractionDigits: digits });
  }
}

/** Input and output together; null if neither is known. */
function tokensOf({ inputTokens, outputTokens }: UsageSums): number | null {
  return inputTokens === null && outputTokens === null
    ? null
    : (inputTokens ?? 0) + (outputTokens ?? 0);
}

function orNothing(value: number | null, shown: (value: number) => string): string {
  return value === null ? "" : shown(value);
}

function cells(texts: readonly string[]): string {
  return texts.map((text) => `<td>${escaped(text)}</td>`).join("");
}

/** A bar that a screen reader leaves out, since the number is beside it. */
function barCell(share: number): string {
  const width = Math.max(share > 0 ? 0.5 : 0, share * 100).toFixed(2);
  return `<td class="chart"><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="bar" width="${width}" height="10"/></svg></td>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The text where HTML has text or the value of an attribute. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
