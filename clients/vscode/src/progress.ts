/** Work that a person can watch and cancel, if it takes longer than a blink. */

import * as vscode from "vscode";
import { ownFailure } from "./errors";
import { limits } from "./limits";

const DELAY = 400;

/** Runs the work; its notification, with a bar and a cancel button, comes only after a delay. */
export async function withPercentage<T>(
  title: string,
  work: (
    token: vscode.CancellationToken,
    onPercent: (percent: number, message?: string) => void,
  ) => Promise<T>,
): Promise<T> {
  const source = new vscode.CancellationTokenSource();
  let reached = 0;
  let doing: string | undefined;
  let onReached: () => void = () => {};
  const running = work(source.token, (percent, message) => {
    reached = percent;
    doing = message;
    onReached();
  });
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const timer = setTimeout(() => {
    vscode.window.withProgress(options, async (progress, token) => {
      let shown = 0;
      token.onCancellationRequested(() => source.cancel());
      onReached = () => {
        progress.report({
          increment: reached - shown,
          ...(doing !== undefined && { message: doing }),
        });
        shown = reached;
      };
      onReached();
      // The caller reports its failure.
      await running.catch(() => {});
    });
  }, DELAY);
  try {
    return await running;
  } finally {
    clearTimeout(timer);
    source.dispose();
  }
}

/** The work's result; a server that takes no notice of a cancellation is not waited for. */
export async function unlessCancelled<T>(
  token: vscode.CancellationToken,
  work: Promise<T>,
): Promise<T> {
  let listener: vscode.Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    listener = token.onCancellationRequested(() => {
      const late = () => reject(ownFailure("cancelled", vscode.l10n.t("Cancelled.")));
      timer = setTimeout(late, limits.grace);
    });
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    listener?.dispose();
    clearTimeout(timer);
  }
}
