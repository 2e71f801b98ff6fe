/** The language client without what it does by itself: no toasts, no restarts, no features. */

import type * as vscode from "vscode";
import {
  CloseAction,
  type DynamicFeature,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  type StaticFeature,
  WorkDoneProgress,
  WorkDoneProgressCreateRequest,
} from "vscode-languageclient/node";
import { limits } from "../limits";
import { documentFeatures, documentOptions } from "./documentFeatures";
import type { ServerProcess } from "./serverProcess";

/** The client shows what the server does by itself. */
const PROGRESS: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.window = { ...capabilities.window, workDoneProgress: true };
  },
  initialize: () => {},
  getState: () => ({ kind: "static" }),
  clear: () => {},
};

export class QuietClient extends LanguageClient {
  constructor(
    process: ServerProcess,
    log: vscode.LogOutputChannel,
    initializationOptions: Record<string, unknown>,
  ) {
    const streams = { reader: process.reader, writer: process.writer };
    super("hfs", "HFS", async () => streams as never, {
      ...documentOptions(initializationOptions),
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

  /** Calls `onTask` for the server's own work: with its title at its begin, without at its end. */
  showTasks(onTask: (token: number | string, title?: string) => void): void {
    super.registerFeature(PROGRESS);
    this.onRequest(WorkDoneProgressCreateRequest.type, ({ token }) => {
      const listener = this.onProgress(WorkDoneProgress.type, token, (value) => {
        if (value.kind === "begin") {
          onTask(token, value.title);
        } else if (value.kind === "end") {
          onTask(token);
          listener.dispose();
        }
      });
    });
  }

  /** Of the editor's own features only those are registered that a setting asks for. */
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const admitted = documentFeatures(this.clientOptions.initializationOptions);
    if ("registrationType" in feature && admitted.has(feature.registrationType.method)) {
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
