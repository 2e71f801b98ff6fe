/** Where a message stands in the Markdown of its session. */

/** A message by its number from 1; the first of the texts that it has is what is looked for. */
export interface MessagePlace {
  message: number;
  texts?: readonly string[];
}

export interface Found {
  /** The message, or the nearest one before it that has a place of its own. */
  message: number;
  /** Offsets: of what was looked for, else of the beginning of the message. */
  start: number;
  end: number;
}

/**
 * What the export writes at the beginning of a message: a heading, the summary of one that a
 * program added, the line of a result below its call. Fences are here since code may look so too.
 */
const MARK =
  /^(?:### (\d{1,9})\. |<summary>(\d{1,9})\. (?:Result - |.*added by a program)|\*(\d{1,9})\. Result|(## )|(?: {0,3})(`{3,}(?!.*`)|~{3,})(.*)$)/gm;
/** What stands in place of a message's number in the sections below the messages. */
const BELOW = Number.POSITIVE_INFINITY;

/** The place of a message in the Markdown, which may be only the beginning of it. */
export function findMessage(markdown: string, place: MessagePlace): Found | undefined {
  let found: { message: number; start: number } | undefined;
  let end = markdown.length;
  for (const { number, index } of marksIn(markdown)) {
    if (number > place.message) {
      end = index;
      break;
    }
    found = { message: number, start: index };
  }
  return found && { ...found, ...rangeIn(markdown, found.start, end, place.texts ?? []) };
}

/** The number of the message that an offset is in, if any. */
export function messageAt(markdown: string, offset: number): number | undefined {
  let message: number | undefined;
  for (const { number, index } of marksIn(markdown)) {
    if (index > offset) {
      break;
    }
    message = number === BELOW ? undefined : number;
  }
  return message;
}

/** The lines at which messages begin, and those at which sections below them do. */
export function* marksIn(markdown: string): Generator<{ number: number; index: number }> {
  let fence = "";
  let isBelow = false;
  for (const match of markdown.matchAll(MARK)) {
    const [, heading, summary, result, section, mark = "", info = ""] = match;
    if (mark === "") {
      if (fence === "" && (section === undefined || isBelow)) {
        const number = section === undefined ? Number(heading ?? summary ?? result) : BELOW;
        yield { number, index: match.index };
        isBelow = true;
      }
    } else if (fence === "") {
      fence = mark;
    } else if (mark.startsWith(fence) && info.trim() === "") {
      fence = "";
    }
  }
}

function rangeIn(markdown: string, start: number, end: number, texts: readonly string[]) {
  const message = markdown.slice(start, end);
  for (const text of texts.filter(Boolean)) {
    const at = start + message.indexOf(text);
    if (at >= start) {
      return { start: at, end: at + text.length };
    }
  }
  return { start, end: start };
}

/** The number in a fragment such as `message-7`. */
export function messageIn(fragment: string): number | undefined {
  const number = Number(/^message-(\d{1,9})$/.exec(fragment)?.[1]);
  return number > 0 ? number : undefined;
}

export function fragmentFor(message: number): string {
  return `message-${message}`;
}
