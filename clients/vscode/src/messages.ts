/** What people are told: one message for a failure, with the buttons that help. */

import * as vscode from "vscode";
import { type Failure, failureFrom, type Remedy, remediesFor } from "./errors";

export type Actions = Partial<Record<Remedy, (failure: Failure) => unknown>>;

export interface Button {
  title: string;
  run: () => unknown;
}

/** Shows failures; `always` holds what can be done in any situation. */
export class Messages {
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
        if (await this.always.install?.(failure)) {
          await again();
        }
      };
      this.failure(failureFrom(error), { retry: again, install, ...actions });
      return undefined;
    }
  }

  failure(failure: Failure, actions: Actions = {}): void {
    if (failure.kind === "cancelled") {
      return;
    }
    this.log.error(failure.message);
    const known: Actions = { ...this.always, ...actions };
    const wanted = remediesFor(failure).filter((remedy) => known[remedy]);
    const buttons = wanted.map((remedy) => ({
      title: titleOf(remedy),
      run: () => known[remedy]?.(failure),
    }));
    show(vscode.window.showErrorMessage, failure.message, buttons);
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
