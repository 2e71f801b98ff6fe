/** The list in which a person says what is redacted: all of it, unless something is unchecked. */

import * as vscode from "vscode";
import type { FindSecretsResult, FoundSecret } from "../server/protocol";
import { type SecretRow, secretRows } from "./rows";

/** The secrets that are to stay, or undefined if the person goes back. */
export function pickKept(
  found: FindSecretsResult,
  title: string,
  show: (secret: FoundSecret) => unknown,
): Promise<FoundSecret[] | undefined> {
  const { t } = vscode.l10n;
  const pick = vscode.window.createQuickPick<SecretRow>();
  pick.title = title;
  pick.placeholder = t("What is checked is replaced. This may not find all: read the result.");
  pick.canSelectMany = true;
  pick.matchOnDetail = true;
  // A person looks into the session before deciding.
  pick.ignoreFocusOut = true;
  pick.items = secretRows(found);
  pick.selectedItems = pick.items.filter(({ secret }) => secret);
  return new Promise((resolve) => {
    pick.onDidTriggerItemButton(({ item }) => item.secret && show(item.secret));
    pick.onDidAccept(() => {
      const checked = new Set(pick.selectedItems.map(({ secret }) => secret?.id));
      resolve(found.secrets.filter(({ id }) => !checked.has(id)));
      pick.dispose();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
