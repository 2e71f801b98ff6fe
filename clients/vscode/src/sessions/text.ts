/** The text of one session: its beginning first, the rest with progress, then as it changes. */

import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { type Failure, failureFrom } from "../errors";
import { limits } from "../limits";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import { TEXT_DOCUMENT_CONTENT } from "../server/protocol";
import { steps } from "./steps";

/** How much longer than a look at the session took is waited before the next one. */
const REST = 4;
/** How many characters of a session are shown that is not there whole. */
const LONGEST_BEGINNING = 5_000_000;

export class SessionText {
  /** What is shown; nothing before the first part came. */
  text: string | undefined;
  /** When that came, for VS Code, which reads again what is newer. */
  mtime = 0;
  /** Whether the store has the session no more. */
  isGone = false;
  private isWhole = false;
  private isStale = false;
  private waiting: (() => void)[] = [];
  private onRead = () => {};
  private loading: Promise<void> | undefined;
  private following: Promise<void> | undefined;
  private readonly ended = new vscode.CancellationTokenSource();

  constructor(
    private readonly server: Server,
    private readonly uri: vscode.Uri,
    private readonly onDidChange: (type: vscode.FileChangeType) => void,
    private readonly onDidFail: (failure: Failure) => void,
  ) {}

  /** Whether somebody waits for it. */
  get isBusy(): boolean {
    return this.loading !== undefined;
  }

  /** Waits until there is something to show, and loads what is missing or new. Raises Failure. */
  async ready(): Promise<void> {
    if (this.isWhole) {
      await this.renewed();
      return;
    }
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    if (this.text === undefined) {
      const shown = new Promise<void>((resolve) => this.waiting.push(resolve));
      await Promise.race([this.loading, shown]);
    }
  }

  /** Looks whether the session is another one now, and once more if it changes meanwhile. */
  follow(): void {
    this.isStale = true;
    this.following ??= this.catchUp().finally(() => {
      this.following = undefined;
    });
  }

  dispose(): void {
    this.ended.cancel();
  }

  private async load(): Promise<void> {
    const parts: string[] = [];
    let isLate = false;
    const begin = () => {
      if (isLate && this.text === undefined && this.hasBeginning(parts)) {
        this.show(beginningOf(parts) + note(vscode.l10n.t("The rest is being loaded.")));
      }
    };
    const onText = (part: string) => {
      parts.push(part);
      begin();
    };
    const timer = setTimeout(() => {
      isLate = true;
      begin();
    }, limits.patience);
    try {
      const title = vscode.l10n.t("Opening {0}", nameIn(this.uri));
      const rest = await withPercentage(title, (token, onPercent) =>
        this.request({ token, onPercent, onText }),
      );
      this.isWhole = true;
      this.show(parts.join("") + rest);
    } catch (error) {
      this.keepBeginning(parts, failureFrom(error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Leaves what has come, and says why there is no more. Raises the failure where that is all. */
  private keepBeginning(parts: readonly string[], failure: Failure): void {
    const isTooLarge = failure.kind === "sessionTooLarge" && this.hasBeginning(parts);
    if (this.text === undefined && !isTooLarge) {
      throw failure;
    }
    const sentence =
      failure.kind === "cancelled"
        ? vscode.l10n.t("The rest was not loaded. Open the session again to load it.")
        : vscode.l10n.t("The rest was not loaded. {0}", failure.message);
    if (parts.length > 0) {
      this.show(beginningOf(parts) + note(sentence));
    }
    if (failure.kind !== "cancelled") {
      this.onDidFail(failure);
    }
  }

  /** Half of a JSON document would only be marked as wrong. */
  private hasBeginning(parts: readonly string[]): boolean {
    return parts.length > 0 && this.uri.path.endsWith(".md");
  }

  /** Shows what there is now; of a session that takes long, what is there already for a while. */
  private async renewed(): Promise<void> {
    let isWaited = true;
    const looking = this.look();
    looking.catch((error: unknown) => isWaited || this.onDidFail(failureFrom(error)));
    await Promise.race([looking, sleep(limits.patience)]);
    isWaited = false;
  }

  private async look(isAsked = true): Promise<void> {
    const text = await this.request({ token: this.ended.token });
    const isSame = undated(text) === undated(this.text ?? "");
    if (this.isGone && !isSame && !isAsked) {
      // A restored session is as it was: this is another one, which got the id.
      return;
    }
    this.setGone(false);
    if (!isSame) {
      await this.change(text);
    }
  }

  /** Shows the text in such steps that cursors and folded parts stay where they are. */
  private async change(text: string): Promise<void> {
    for (const step of steps(this.text ?? "", text)) {
      this.show(step);
      if (step !== text) {
        await Promise.race([
          new Promise<void>((resolve) => (this.onRead = resolve)),
          sleep(limits.reading),
        ]);
      }
    }
  }

  private async catchUp(): Promise<void> {
    await this.loading?.catch(() => {});
    // What was cancelled is not loaded behind a person's back.
    while (this.isStale && this.isWhole && !this.ended.token.isCancellationRequested) {
      this.isStale = false;
      if (this.server.pid === undefined) {
        // A server that died is started by people, not by what follows it.
        return;
      }
      const began = Date.now();
      // What is shown stays, also while a server is away.
      await this.look(false).catch((error: unknown) => {
        this.setGone(this.isGone || failureFrom(error).kind === "sessionNotFound");
      });
      await sleep(REST * (Date.now() - began));
    }
  }

  /** Marks the tab as that of a deleted file, or takes the mark away. */
  private setGone(isGone: boolean): void {
    if (isGone !== this.isGone) {
      this.isGone = isGone;
      this.mtime = Math.max(Date.now(), this.mtime + 1);
      const { Created, Deleted } = vscode.FileChangeType;
      this.onDidChange(isGone ? Deleted : Created);
    }
  }

  /** VS Code has read what is shown. */
  wasRead(): void {
    setImmediate(this.onRead);
  }

  private async request(work: Parameters<Server["request"]>[2]): Promise<string> {
    const params = { uri: this.uri.toString() };
    return (await this.server.request(TEXT_DOCUMENT_CONTENT, params, work)).text;
  }

  private show(text: string): void {
    const isFirst = this.text === undefined;
    this.text = text;
    this.mtime = Math.max(Date.now(), this.mtime + 1);
    if (!isFirst) {
      this.onDidChange(vscode.FileChangeType.Changed);
    }
    for (const resolve of this.waiting.splice(0)) {
      resolve();
    }
  }
}

/** The text without the time at which it was written, which differs each time. */
function undated(text: string): string {
  const head = text.slice(0, 4000);
  const time = /^- \*\*Exported:\*\* .*$|"exported_at": "[^"]*"/m;
  return head.replace(time, "") + text.slice(4000);
}

/** As much as an editor shows with ease. */
function beginningOf(parts: readonly string[]): string {
  let length = 0;
  return parts
    .filter((part, index) => {
      length += part.length;
      return index === 0 || length <= LONGEST_BEGINNING;
    })
    .join("");
}

function note(sentence: string): string {
  return `\n---\n\n**${sentence}**\n`;
}

function nameIn(uri: vscode.Uri): string {
  return (uri.path.split("/").at(-1) ?? "").replace(/\.(md|json)$/, "");
}
