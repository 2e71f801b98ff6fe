/** What a person types, as it is sent while typing. */

const LAST_WORD = /(^|\s)([^\s":*]+)$/u;

/** The query with its last word also as the beginning of words, unless it is finished. */
export function whileTyping(typed: string): string {
  const [, , word = ""] = LAST_WORD.exec(typed) ?? [];
  const isQuoted = (typed.match(/"/g)?.length ?? 0) % 2 === 1;
  const isWord = !word.startsWith("-") && /[\p{L}\p{N}]$/u.test(word);
  return isWord && !isQuoted ? `${typed}*` : typed;
}
