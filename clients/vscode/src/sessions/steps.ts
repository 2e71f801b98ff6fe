/**
 * From one text of a session to the next.
 *
 * The rule not to break: VS Code replaces what lies between the first and the last line that differ,
 * and a cursor in there is lost. So the facts at the top, which change each time, are changed apart
 * from what is new below.
 */

/** The texts to show one after the other; the last one is `text`. */
export function steps(before: string, text: string): string[] {
  const [head, newHead] = [before, text].map(headOf) as [string, string];
  const isGrown = head !== newHead && lineOf(head) === lineOf(newHead) && head !== "";
  const between = head + text.slice(newHead.length);
  return isGrown && newHead !== "" && between !== before ? [between, text] : [text];
}

/** The name and the facts, above the messages. */
function headOf(markdown: string): string {
  return markdown.slice(0, markdown.indexOf("\n## ") + 1);
}

/** The first line, which says which session it is. */
function lineOf(text: string): string {
  return text.slice(0, text.indexOf("\n"));
}
