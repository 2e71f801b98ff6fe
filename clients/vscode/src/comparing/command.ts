/** The command that shows two sessions, or a session and a file, side by side in the diff editor. */

import * as vscode from "vscode";
import { Chosen, isAttended, isObject, sessionArgument } from "../arguments";
import { ownFailure, raised } from "../errors";
import type { Messages } from "../messages";
import type { Server } from "../server/client";
import type { Format } from "../server/protocol";
import { sessionOfTab } from "../sessions/activeSession";
import type { Documents } from "../sessions/documents";
import { destinationUri } from "../sessions/exporting";
import { pickSession } from "../sessions/picker";
import { sessionsOf } from "../sessions/rows";
import { oneLine, shortened } from "../text";

const LONGEST_NAME = 40;

type Session = Chosen["session"];
type Side = Session | vscode.Uri;

/** What stands on the left and on the right. */
export type Comparison = [left: vscode.Uri, right: vscode.Uri];

export class CompareCommand {
  constructor(
    private readonly server: Server,
    private readonly documents: Documents,
    private readonly messages: Messages,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.compareSessions": (given) => this.compare(given),
      "hfs.compareRow": (row) => this.compare(row),
      "hfs.compareRows": (_, rows) => this.compareRows(rows),
      "hfs.compareTab": (uri) => this.compare(sessionOfTab(uri)),
    };
  }

  /** Compares a session with what a caller names, or a person chooses. */
  private compare(given: unknown): Promise<Comparison | undefined> {
    const argument = sessionArgument(given);
    let { session } = argument;
    let other = otherSide(given);
    const work = async () => {
      // A second try is for the same session and the same file.
      session ??= await pickSession(this.server, {
        placeholder: vscode.l10n.t("Choose a session to compare; type words of its name"),
      });
      other ??= session && (await this.askForOther());
      return session && other && this.show(session, other);
    };
    const isAsked = isAttended(given, argument) || other === undefined;
    return isAsked ? this.messages.guard(work) : raised(work());
  }

  /**
   * Compares two rows, the session that was begun first on the left.
   *
   * VS Code offers this also for a third row that is not selected, and then gives that alone.
   */
  private compareRows(rows: unknown): Promise<Comparison | undefined> {
    const sessions = sessionsOf(Array.isArray(rows) ? rows : []).toSorted(
      (one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt),
    );
    const [left, right, ...more] = sessions;
    if (left && right === undefined) {
      return this.compare(new Chosen(left));
    }
    return this.messages.guard(async () => {
      if (left === undefined || right === undefined || more.length > 0) {
        throw ownFailure("notPossible", vscode.l10n.t("Select two sessions to compare them."));
      }
      return this.show(left, right);
    });
  }

  private async askForOther(): Promise<Side | undefined> {
    const { t } = vscode.l10n;
    const placeholder = t("Compare with which session? Type words of its name");
    const rows = [
      {
        label: `$(list-flat) ${t("With a Session…")}`,
        detail: t("Another one of this store"),
        ask: (): Thenable<Side | undefined> => pickSession(this.server, { placeholder }),
      },
      {
        label: `$(file) ${t("With a File…")}`,
        detail: t("An export as Markdown or JSON, its own or that of another session"),
        ask: askForFile,
      },
    ];
    const placeHolder = t("Compare the session with what?");
    return (await vscode.window.showQuickPick(rows, { placeHolder }))?.ask();
  }

  /** Opens the diff editor. Raises Failure. */
  private async show(session: Session, other: Side): Promise<Comparison> {
    const isFile = other instanceof vscode.Uri;
    const format = isFile && /\.json$/i.test(other.path) ? "json" : "markdown";
    if (isFile) {
      await requireFile(other);
    }
    const left = await this.documentOf(session, format);
    const right = isFile ? other : await this.documentOf(other, format);
    const title = titleOf(session, other);
    await vscode.commands.executeCommand("vscode.diff", left, right, title, { preview: false });
    return [left, right];
  }

  private async documentOf(session: Session, format: Format): Promise<vscode.Uri> {
    return (await this.documents.open(this.documents.uriFor(session, format))).uri;
  }
}

/** The session or the file that a caller names. */
function otherSide(given: unknown): Side | undefined {
  const other = isObject(given) ? given.with : undefined;
  if (typeof other === "number") {
    return { id: other };
  }
  return typeof other === "string" || other instanceof vscode.Uri
    ? destinationUri(other)
    : undefined;
}

async function askForFile(): Promise<vscode.Uri | undefined> {
  const { t } = vscode.l10n;
  const files = await vscode.window.showOpenDialog({
    title: t("Compare the Session with a File"),
    openLabel: t("Compare"),
    filters: { [t("Exports")]: ["md", "json"] },
  });
  return files?.[0];
}

async function requireFile(uri: vscode.Uri): Promise<void> {
  const { t } = vscode.l10n;
  const name = shortened(uri.path.split("/").at(-1) ?? "", LONGEST_NAME);
  try {
    const { type } = await vscode.workspace.fs.stat(uri);
    if (type & vscode.FileType.File) {
      return;
    }
  } catch {
    // The sentence below says as much as the system would.
  }
  throw ownFailure("notPossible", t("There is no file {0} to compare the session with.", name));
}

function titleOf(session: Session, other: Side): string {
  const names = [session, other].map(nameOf);
  const isOfTwo = !(other instanceof vscode.Uri) && names[0] === names[1];
  const [left, right] = isOfTwo
    ? [`${names[0]} (#${session.id})`, `${names[1]} (#${other.id})`]
    : names;
  return `${left} ↔ ${right}`;
}

function nameOf(side: Side): string {
  const name = side instanceof vscode.Uri ? side.path.split("/").at(-1) : side.name;
  const number = side instanceof vscode.Uri ? 0 : side.id;
  return shortened(oneLine(name ?? ""), LONGEST_NAME) || vscode.l10n.t("Session {0}", number);
}
