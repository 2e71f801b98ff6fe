/** The language client without what it does by itself: no toasts, no restarts, no features. */

import type * as vscode from "vscode";
import {
  CloseAction,
  type DynamicFeature,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  type StaticFeature,
} from "vscode-languageclient/node";
import { ANNOTATIONS, annotationOptions } from "../authorship/annotations";
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
      ...annotationOptions(initializationOptions.annotate === true),
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

  /** Of the editor's own features only annotations are registered, and only where they are on. */
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const isOn = this.clientOptions.initializationOptions.annotate === true;
    if (isOn && "registrationType" in feature && ANNOTATIONS.has(feature.registrationType.method)) {
      super.registerFeature(feature);
    }
  }

  /** People get one message for a failure: the one of this extension. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override warn(message: string, data?: unknown): void {
    super.warn(message, data, false);
  }
}
