/** A list of a session's messages, to go to one of them: by its words, or by its number. */

import * as vscode from "vscode";
import { withoutIcons } from "../text";
import { isPrompt, nameOf } from "./outline";
import type { Part } from "./parts";
import { partsIn } from "./sessionMarkdown";

interface Row extends vscode.QuickPickItem {
  message: number;
}

/** The number of the message that the user chooses, or undefined. */
export async function pickMessage(document: vscode.TextDocument): Promise<number | undefined> {
  const { parts } = await partsIn(document);
  const pick = vscode.window.createQuickPick<Row>();
  pick.placeholder = vscode.l10n.t("Choose a message; type its number, or words of its beginning");
  pick.items = parts.flatMap((part) => rowsOf(part));
  pick.onDidChangeValue((value) => {
    // Words may have numbers in them, but a number alone is that of a message.
    const exact = pick.items.find(({ message }) => String(message) === value.trim());
    if (exact) {
      pick.activeItems = [exact];
    }
  });
  try {
    return await new Promise((resolve) => {
      pick.onDidAccept(() => resolve(pick.activeItems[0]?.message));
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

/** A message, and the results in it, which are messages too. */
function rowsOf(part: Part, tool = ""): Row[] {
  const { number, detail, parts } = part;
  const inner = parts.flatMap((one) => rowsOf(one, one.kind === "call" ? one.title : tool));
  if (number === undefined) {
    return inner;
  }
  const icon = isPrompt(part) ? "$(account) " : tool ? "$(tools) " : "$(comment) ";
  const name = tool ? nameOf({ ...part, words: tool }) : nameOf(part);
  return [{ label: icon + withoutIcons(name), description: detail, message: number }, ...inner];
}
