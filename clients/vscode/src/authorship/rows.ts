/** What sessions did to a file, in the words of a list. */

import * as vscode from "vscode";
import type { FileEdit } from "../server/protocol";
import { nameOf, timeText, toolName } from "../sessions/labels";
import { toolIcon } from "../sessions/toolIcons";
import { shortened, withoutIcons } from "../text";

const LONGEST_MODEL = 40;
const LONGEST_PROMPT = 200;

export interface EditRow extends vscode.QuickPickItem {
  edit: FileEdit;
}

/** One row for each session, for the newest of its edits, in their order. */
export function editRows(
  edits: readonly FileEdit[],
  buttons: vscode.QuickInputButton[],
): EditRow[] {
  const ofSession = new Map<number, FileEdit[]>();
  for (const edit of edits) {
    const { id } = edit.session;
    ofSession.set(id, [...(ofSession.get(id) ?? []), edit]);
  }
  return [...ofSession.values()].flatMap((all) => {
    const [newest] = all;
    return newest ? [{ ...textsOf(newest, all), edit: newest, buttons }] : [];
  });
}

function textsOf(newest: FileEdit, all: readonly FileEdit[]): vscode.QuickPickItem {
  const { session, createdAt, model, prompt } = newest;
  const when = timeText(createdAt ?? session.updatedAt ?? session.createdAt);
  const facts = [
    doneIn(all),
    when,
    toolName(session.tool),
    shortened(model ?? "", LONGEST_MODEL),
  ].filter(Boolean);
  const asked = shortened(prompt ?? session.preview ?? "", LONGEST_PROMPT);
  return {
    label: withoutIcons(nameOf(session)),
    description: withoutIcons(facts.join(" · ")),
    detail: asked === "" ? " " : withoutIcons(`“${asked}”`),
    iconPath: toolIcon(session.tool),
  };
}

/** What was done to the file, the most important first. */
function doneIn(edits: readonly FileEdit[]): string {
  const { t } = vscode.l10n;
  const kinds = new Set(edits.map(({ kind }) => kind));
  const count = edits.filter(({ kind }) => kind === "edit").length;
  const parts = [
    kinds.has("create") ? t("created it") : "",
    count === 1 ? t("edited it") : count > 1 ? t("edited it {0} times", count) : "",
    kinds.has("delete") ? t("deleted it") : "",
  ].filter(Boolean);
  return parts.join(", ") || t("read it");
}
