/** Messages for people: one for a failure, with the buttons that help. */

import * as vscode from "vscode";
import { type Failure, failureFrom, type Remedy, remediesFor } from "./errors";

export type Actions = Partial<Record<Remedy, (failure: Failure) => unknown>>;

export interface Button {
  title: string;
  run: () => unknown;
}

/** A failure that was shown, without its words. */
export interface KnownFailure {
  time: Date;
  kind: string;
}

const MOST_FAILURES = 20;

/** Shows failures; `always` holds what can be done in any situation. */
export class Messages {
  /** The last failures that were shown. */
  readonly failures: KnownFailure[] = [];

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly always: Actions,
  ) {}

  /** The work's result; undefined after a failure that was shown, or a cancellation. */
  async guard<T>(work: () => Promise<T>, actions: Actions = {}): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const again = () => this.guard(work, actions);
      const install = async (failure: Failure) => {
        if (await this.install(failure)) {
          await again();
        }
      };
      this.failure(failureFrom(error), { retry: again, install, ...actions });
      return undefined;
    }
  }

  /** Writes lines into the log. */
  note(lines: readonly string[]): void {
    for (const line of lines) {
      this.log.info(line);
    }
  }

  /** Offers to install the server; gives whether it is there then. */
  async install(failure: Failure): Promise<boolean> {
    return Boolean(await this.always.install?.(failure));
  }

  failure(failure: Failure, actions: Actions = {}): void {
    if (failure.kind === "cancelled") {
      return;
    }
    this.log.error(failure.message);
    this.failures.push({ time: new Date(), kind: failure.kind });
    this.failures.splice(0, this.failures.length - MOST_FAILURES);
    const buttons = this.buttonsFor([failure], actions);
    show(vscode.window.showErrorMessage, failure.message, buttons);
  }

  /** A button for everything that helps against one of the failures and can be done here. */
  buttonsFor(failures: readonly Failure[], actions: Actions = {}): Button[] {
    const known: Actions = { ...this.always, ...actions };
    const buttons = new Map<Remedy, Button>();
    for (const failure of failures) {
      for (const remedy of remediesFor(failure)) {
        const act = known[remedy];
        if (act && !buttons.has(remedy)) {
          buttons.set(remedy, { title: titleOf(remedy), run: () => act(failure) });
        }
      }
    }
    return [...buttons.values()];
  }
}

/** Shows a message without waiting for it; a command is done before its message is read. */
export function show(
  how: (message: string, ...titles: string[]) => Thenable<string | undefined>,
  message: string,
  buttons: readonly Button[],
): void {
  const titles = buttons.map((button) => button.title);
  how(message, ...titles).then((title) => buttons.find((button) => button.title === title)?.run());
}

function titleOf(remedy: Remedy): string {
  const { t } = vscode.l10n;
  switch (remedy) {
    case "openFile":
      return t("Open File");
    case "details":
      return t("Show Details");
    case "overwrite":
      return t("Overwrite");
    case "retry":
      return t("Retry");
    case "upgrade":
      return t("How to Upgrade");
    case "export":
      return t("Export as Markdown");
    case "install":
      return t("Install");
    case "settings":
      return t("Open Settings");
    case "log":
      return t("Show Log");
  }
}
