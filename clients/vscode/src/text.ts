/** Texts of sessions, made fit for one line of an editor. Names may hold anything. */

const LONGEST_FILE_NAME = 60;
/** Of a name within a notification, in characters. */
export const LONGEST_TITLE = 60;

/** The text without line breaks and control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\s]+/gu, " ").trim();
}

/** The beginning of the text, as one line with at most so many characters. */
export function shortened(text: string, longest: number): string {
  // What is looked at is bounded too: a name may have megabytes.
  const characters = [...oneLine(text.slice(0, 4 * longest))];
  const isWhole = characters.length <= longest && text.length <= 4 * longest;
  return isWhole
    ? characters.join("")
    : `${characters
        .slice(0, longest - 1)
        .join("")
        .trim()}…`;
}

/** The text where VS Code would make icons of `$(name)`. */
export function withoutIcons(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

/** A name as the last part of a URI, so that a tab reads well. */
export function tabName(name: string): string {
  const safe = oneLine(name.replace(/[\\/:*?"<>|#%]/g, " ")).replace(/^[.\s]+/, "");
  return [...safe].slice(0, LONGEST_FILE_NAME).join("").trim() || "Session";
}

/** A number of bytes for people. */
export function size(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  const [number, unit] = bytes < 1_000_000 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${number < 10 ? number.toFixed(1) : Math.round(number)} ${unit}`;
}
