/** Days without gaps, or the weeks, months or years of a longer time. */

export interface Span {
  /** The first day, such as `2026-02-01`. */
  begin: string;
  messages: number;
}

export type Unit = "day" | "week" | "month" | "year";

const MOST_SPANS = 120;
const DAY = 86_400_000;
const UNITS: readonly Unit[] = ["day", "week", "month", "year"];

/** The spans from the first day to the last, of the shortest unit that does not make too many. */
export function spansOf(days: readonly { day: string; messages: number }[]): {
  unit: Unit;
  spans: Span[];
} {
  const first = days[0]?.day;
  const last = days.at(-1)?.day;
  if (first === undefined || last === undefined) {
    return { unit: "day", spans: [] };
  }
  for (const unit of UNITS) {
    const begins = beginsOf(unit, first, last);
    if (begins) {
      const counts = new Map(begins.map((begin) => [begin, 0]));
      for (const { day, messages } of days) {
        const begin = beginOf(unit, day);
        counts.set(begin, (counts.get(begin) ?? 0) + messages);
      }
      return { unit, spans: [...counts].map(([begin, messages]) => ({ begin, messages })) };
    }
  }
  // Times that no clock has shown make more years than a chart has room for.
  return {
    unit: "year",
    spans: days.slice(-MOST_SPANS).map(({ day, messages }) => ({ begin: day, messages })),
  };
}

/** The beginnings of all spans, or undefined if they are too many. */
function beginsOf(unit: Unit, first: string, last: string): string[] | undefined {
  const begins: string[] = [];
  const end = beginOf(unit, last);
  for (let begin = beginOf(unit, first); begin <= end; begin = next(unit, begin)) {
    if (begins.push(begin) > MOST_SPANS) {
      return undefined;
    }
  }
  return begins;
}

function beginOf(unit: Unit, day: string): string {
  switch (unit) {
    case "day":
      return day;
    case "week": {
      const date = new Date(`${day}T00:00:00Z`);
      return textOf(new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY));
    }
    case "month":
      return `${day.slice(0, 7)}-01`;
    case "year":
      return `${day.slice(0, 4)}-01-01`;
  }
}

function next(unit: Unit, begin: string): string {
  const date = new Date(`${begin}T00:00:00Z`);
  switch (unit) {
    case "day":
      date.setUTCDate(date.getUTCDate() + 1);
      break;
    case "week":
      date.setUTCDate(date.getUTCDate() + 7);
      break;
    case "month":
      date.setUTCMonth(date.getUTCMonth() + 1);
      break;
    case "year":
      date.setUTCFullYear(date.getUTCFullYear() + 1);
      break;
  }
  return textOf(date);
}

/** Years after 9999 have a sign, which would sort before all others. */
function textOf(date: Date): string {
  const text = date.toISOString();
  return text.startsWith("+") ? "9999-99-99" : text.slice(0, 10);
}
