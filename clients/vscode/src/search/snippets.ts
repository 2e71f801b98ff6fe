/** Snippets, made fit for one line of a list, with the places of what was found. */

import type { Match } from "../server/protocol";

const LONGEST = 300;
// Every one of these is one UTF-16 code unit, so that offsets stay what they are.
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\s]/gu;

export interface Snippet {
  text: string;
  highlights: [number, number][];
}

export function snippetOf({ snippet, highlights }: Match): Snippet {
  const text = whole(snippet.slice(0, LONGEST)).replace(UNFIT, " ");
  const inside = highlights.flatMap(([start = 0, end = 0]): [number, number][] =>
    start >= 0 && start < end && end <= text.length ? [[start, end]] : [],
  );
  return { text, highlights: inside };
}

/** What was found, as texts to look for in the message: all of it together, else the longest. */
export function foundTexts(match: Match): string[] {
  const { highlights } = snippetOf(match);
  const words = highlights.map((one) => match.snippet.slice(...one));
  const [first, last] = [highlights[0], highlights.at(-1)];
  const all = first && last ? match.snippet.slice(first[0], last[1]) : "";
  return [all, ...words.toSorted((one, other) => other.length - one.length)];
}

/** The text without the half of a character at its end. */
function whole(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, "");
}
