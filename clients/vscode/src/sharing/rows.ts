/** What would be redacted, in the words of a list: by rule and place, never the value. */

import * as vscode from "vscode";
import type { FindSecretsResult, FoundSecret, SecretPlace } from "../server/protocol";

const MOST_PLACES = 3;

export interface SecretRow extends vscode.QuickPickItem {
  secret?: FoundSecret;
}

/** A row for each secret below the name of its rule; the rule with the most comes first. */
export function secretRows({ secrets, redactions }: FindSecretsResult): SecretRow[] {
  const kinds = new Set([...redactions, ...secrets].map(({ rule }) => rule));
  return [...kinds].flatMap((rule): SecretRow[] => {
    const found = secrets.filter((secret) => secret.rule === rule);
    const separator = { label: rule, kind: vscode.QuickPickItemKind.Separator };
    return found.length === 0 ? [] : [separator, ...found.map(rowOf)];
  });
}

function rowOf(secret: FoundSecret): SecretRow {
  const { t } = vscode.l10n;
  return {
    secret,
    label: secret.marker.replace(/^\[REDACTED:|\]$/g, ""),
    description: secret.count === 1 ? t("once") : t("{0} times", secret.count),
    detail: placesText(secret),
    buttons: [{ iconPath: new vscode.ThemeIcon("go-to-file"), tooltip: t("Show in the Session") }],
  };
}

function placesText({ places, count }: FoundSecret): string {
  const shown = [...new Set(places.map(placeText))];
  const more = shown.length > MOST_PLACES || count > places.length;
  return shown.slice(0, MOST_PLACES).join(", ") + (more ? ", …" : "");
}

function placeText({ part, number, member }: SecretPlace): string {
  const { t } = vscode.l10n;
  const names: Record<SecretPlace["part"], string> = {
    name: t("name"),
    metadata: t("metadata"),
    relatedSession: t("name of a related session"),
    message: t("message {0}", number ?? "?"),
    checkpoint: t("checkpoint {0}", number ?? "?"),
    runSnapshot: t("run snapshot"),
  };
  const isContent = part === "name" || (part === "message" && member === "content");
  return member === null || isContent ? names[part] : `${names[part]} (${member})`;
}
