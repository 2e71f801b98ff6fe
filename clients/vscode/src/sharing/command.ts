/** The command that exports a session for others: shows what would be redacted, then does it. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as vscode from "vscode";
import { Chosen, sessionArgument } from "../arguments";
import type { Commands } from "../commands";
import { ownFailure } from "../errors";
import { type Messages, show } from "../messages";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import {
  type ExportResult,
  FIND_SECRETS,
  type FindSecretsResult,
  type Format,
  type FoundSecret,
} from "../server/protocol";
import { announceExport, type ExportRequest, exportToFile } from "../sessions/exporting";
import { formatRows } from "../sessions/formats";
import { titleOf } from "../sessions/labels";
import { messageIn } from "../sessions/messagePlace";
import { pickSession } from "../sessions/picker";
import { size } from "../text";
import { pickKept } from "./picker";

/** Whether a server announces this says whether it can redact. */
const FIND_COMMAND = "hfs.server.findSecrets";
/** A person unchecks what is to stay. */
const ALSO = ["mail", "home"] as const;

type Session = Chosen["session"];

interface Target {
  format: Format;
  isCopy?: boolean;
}

export class SharingCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly sessions: Commands,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.exportForSharing": (given) => this.share(given),
      "hfs.shareRow": (row) => this.share(row),
    };
  }

  private share(given: unknown): Promise<ExportResult | undefined> {
    let { session } = sessionArgument(given);
    return this.messages.guard(async () => {
      await this.requireRedaction();
      const placeholder = vscode.l10n.t("Choose a session to share; type words of its name");
      session ??= await pickSession(this.server, { placeholder });
      const target = session && (await pickTarget());
      return session && target && this.shareAs(session, target);
    });
  }

  private async shareAs(session: Session, target: Target): Promise<ExportResult | undefined> {
    const found = await this.find(session);
    const kept = found.secrets.length === 0 ? [] : await this.ask(session, found);
    if (kept === undefined) {
      return undefined;
    }
    const redaction = { redactAlso: [...ALSO], redactExcept: kept.map(({ id }) => id) };
    const { id: sessionId, name } = session;
    const request = { sessionId, name, format: target.format, redaction };
    if (target.isCopy) {
      const result = await this.copy(request);
      const copied = vscode.l10n.t("Copied ({0}).", size(result.bytes));
      const sentences = `${copied} ${noteOf(result, kept.length)}`;
      show(vscode.window.showInformationMessage, sentences, []);
      return result;
    }
    const result = await exportToFile(this.server, request);
    announceExport(result, { note: noteOf(result, kept.length) });
    return result;
  }

  /** Exports to the clipboard, by way of a file that only this user can read. */
  private async copy(request: ExportRequest): Promise<ExportResult> {
    const folder = await mkdtemp(join(tmpdir(), "hfs-copy-"));
    try {
      const destination = vscode.Uri.file(folder);
      const result = await exportToFile(this.server, { ...request, destination });
      await vscode.env.clipboard.writeText(await readFile(fileURLToPath(result.uri), "utf8"));
      return result;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** What would be redacted, with progress that can be cancelled. Raises Failure. */
  private find(session: Session): Promise<FindSecretsResult> {
    const title = vscode.l10n.t("Looking for secrets in {0}", titleOf(session));
    const params = { sessionId: session.id, redactAlso: [...ALSO] };
    return withPercentage(title, (token, onPercent) =>
      this.server.request(FIND_SECRETS, params, { token, onPercent }),
    );
  }

  private ask(session: Session, found: FindSecretsResult): Promise<FoundSecret[] | undefined> {
    const { t } = vscode.l10n;
    const title = t("Redact in {0}: {1}", titleOf(session), countText(found));
    return pickKept(found, title, (secret) => this.showPlace(session, secret));
  }

  /** Opens the session where the secret stands first, without taking the keyboard from the list. */
  private showPlace(session: Session, { places: [place] }: FoundSecret): unknown {
    const message = messageIn(place?.uri.split("#")[1] ?? "");
    const opening = message === undefined ? {} : { place: { message } };
    const tab = { preview: true, preserveFocus: true };
    return this.sessions.open(new Chosen(session, opening), tab);
  }

  /** Raises Failure if the server cannot. */
  private async requireRedaction(): Promise<void> {
    await this.server.start();
    if (!this.server.announces(FIND_COMMAND)) {
      throw ownFailure(
        "serverTooOld",
        vscode.l10n.t("This hfs-server cannot redact what it exports. Upgrade it."),
      );
    }
  }
}

async function pickTarget(): Promise<Target | undefined> {
  const { t } = vscode.l10n;
  const clipboard = {
    format: "markdown" as const,
    isCopy: true,
    label: `$(copy) ${t("Clipboard")}`,
    detail: t("Markdown, to paste elsewhere"),
  };
  const placeHolder = t("Share the session as what? Then see what is replaced.");
  return vscode.window.showQuickPick<Target & vscode.QuickPickItem>([...formatRows(), clipboard], {
    placeHolder,
  });
}

/** How many are replaced; those that are too many for the list are replaced in any case. */
function countText({ secrets, redactions }: FindSecretsResult): string {
  const { t } = vscode.l10n;
  const listed = secrets.reduce((sum, { count }) => sum + count, 0);
  const all = sum(redactions);
  return listed < all
    ? t("{0} found, of which {1} are not listed", all, all - listed)
    : t("{0} found", all);
}

/** What was replaced, what was left, and what nobody may rely on. */
function noteOf({ redactions }: ExportResult, kept: number): string {
  const { t } = vscode.l10n;
  const replaced = sum(redactions);
  const what =
    replaced === 0
      ? t("Nothing was replaced.")
      : t("Replaced: {0} ({1}).", replaced, redactions.map(({ rule }) => rule).join(", "));
  const left = kept === 0 ? "" : t("Left by you: {0}.", kept);
  const warning = t("Secrets of unknown forms are not found: read the result before you share it.");
  return [what, left, warning].filter(Boolean).join(" ");
}

function sum(redactions: readonly { count: number }[]): number {
  return redactions.reduce((total, { count }) => total + count, 0);
}
