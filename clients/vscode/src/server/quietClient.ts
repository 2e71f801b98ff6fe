/** The language client without what it does by itself: no toasts, no restarts, no features. */

import type * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import { limits } from "../limits";
import type { ServerProcess } from "./serverProcess";

export class QuietClient extends LanguageClient {
  constructor(
    process: ServerProcess,
    log: vscode.LogOutputChannel,
    initializationOptions: Record<string, unknown>,
  ) {
    const streams = { reader: process.reader, writer: process.writer };
    super("hfs", "HFS", async () => streams as never, {
      documentSelector: [],
      outputChannel: log,
      traceOutputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (error, message) => {
          // A pipe that broke on the way has a code, and says nothing of what was printed.
          const isOfPipe = (error as NodeJS.ErrnoException).code !== undefined;
          if (message === undefined && !isOfPipe) {
            process.end("what it prints is not the language server protocol");
          } else {
            // It reads no more, mostly since it is about to end with words of its own.
            setTimeout(() => process.end(), limits.grace);
          }
          return { action: ErrorAction.Shutdown, handled: true };
        },
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
    });
  }

  /** The server has methods of its own only; nothing of the editor's is registered for it. */
  override registerFeature(): void {}

  /** People get one message for a failure: the one of this extension. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override warn(message: string, data?: unknown): void {
    super.warn(message, data, false);
  }
}
