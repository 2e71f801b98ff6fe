/** What the export wrote as Markdown or HTML, in plain words. */

/** Longer lines are cut: only their beginning is shown. */
const LONGEST = 400;

/** A line of Markdown without its markup. */
export function plain(line: string): string {
  const text = line
    .slice(0, LONGEST)
    .replace(/^(?:[#>*+-]+ |\d{1,9}[.)] )/, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(?<!\\)(?:\*\*|__|`)/g, "");
  return unescaped(text).trim();
}

/** The text as Markdown shows it. */
export function unescaped(markdown: string): string {
  return markdown.replace(/\\([!-/:-@[-`{-~])/g, "$1");
}

/** The text of a summary. */
export function textOf(html: string): string {
  return html
    .replace(/<\/?strong>/g, "")
    .replace(/&#(\d{1,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .trim();
}
