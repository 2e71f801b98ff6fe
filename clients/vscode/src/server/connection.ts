/** One server from its start to its end: what it is asked, and why it ended. */

import * as vscode from "vscode";
import { ProgressType, WorkDoneProgress } from "vscode-languageclient/node";
import { type Failure, failureFrom, isConnectionLost, ownFailure } from "../errors";
import { limits } from "../limits";
import { unlessCancelled } from "../progress";
import { TookTooLong, within } from "../waiting";
import type { Found } from "./discovery";
import { tooOld } from "./finder";
import { DID_CHANGE_SESSIONS, type Methods } from "./protocol";
import { QuietClient } from "./quietClient";
import type { ServerProcess } from "./serverProcess";
import { isRecent } from "./versions";

export interface Work {
  /** Where there is a token, the work takes as long as it takes. */
  token?: vscode.CancellationToken;
  onPercent?: (percent: number, message?: string) => void;
  /** Gets the parts of a text before the answer, which then holds only the rest. */
  onText?: (text: string) => void;
}

const PARTS = new ProgressType<{ text: string }>();
const NEVER = new vscode.CancellationTokenSource().token;

export class Connection {
  private readonly client: QuietClient;
  private nextToken = 1;

  constructor(
    readonly process: ServerProcess,
    readonly server: Found,
    private readonly log: vscode.LogOutputChannel,
    initializationOptions: Record<string, unknown>,
  ) {
    this.client = new QuietClient(process, log, initializationOptions);
  }

  /** Waits until the server answers. Raises Failure, and then the process is gone. */
  async open(
    onDidChangeSessions: () => void,
    onTask: (token: number | string, title?: string) => void,
  ): Promise<void> {
    this.client.showTasks(onTask);
    const failed = this.whenEnded((reason) =>
      vscode.l10n.t("hfs-server did not start: {0}. ({1})", reason, this.server.path),
    );
    failed.catch(() => {});
    try {
      await within(limits.start, Promise.race([this.client.start(), failed]));
      this.checkVersion();
    } catch (error) {
      const failure = await explained(error, limits.start, failed);
      this.process.end();
      throw failure;
    }
    this.client.onNotification(DID_CHANGE_SESSIONS, onDidChangeSessions);
  }

  /** What the server announces that it can do. */
  get commands(): readonly string[] {
    return this.client.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  }

  /** Ends the server: shutdown first, then kill. */
  async close(): Promise<void> {
    await within(limits.grace, this.client.stop(limits.grace)).catch(() => {});
    await within(limits.grace, this.process.ended).catch(() => this.process.end());
  }

  /** The server's answer. Always settles; every error is a Failure. */
  async request<M extends keyof Methods>(
    method: M,
    params: Methods[M][0],
    { token, onPercent, onText }: Work,
  ): Promise<Methods[M][1]> {
    const ended = this.whenEnded((reason) =>
      vscode.l10n.t(
        "hfs-server ended in the middle of its work: {0}. The next command starts it again.",
        reason,
      ),
    );
    const progress = onPercent && this.onProgress(onPercent);
    const parts = onText && this.onParts(onText);
    const sent = {
      ...params,
      ...(progress && { workDoneToken: progress.token }),
      ...(parts && { partialResultToken: parts.token }),
    };
    try {
      // A token that is undefined would be taken for another parameter.
      const answer = this.client.sendRequest<Methods[M][1]>(method, sent, token ?? NEVER);
      const first = Promise.race([answer, ended]);
      return await (token ? unlessCancelled(token, first) : within(limits.answer, first));
    } catch (error) {
      throw await explained(error, limits.answer, ended);
    } finally {
      progress?.listener.dispose();
      parts?.listener.dispose();
    }
  }

  private onParts(onText: (text: string) => void) {
    const token = `hfs-${this.nextToken++}`;
    return { token, listener: this.client.onProgress(PARTS, token, ({ text }) => onText(text)) };
  }

  private onProgress(onPercent: (percent: number, message?: string) => void) {
    const token = `hfs-${this.nextToken++}`;
    const listener = this.client.onProgress(WorkDoneProgress.type, token, (value) => {
      if (value.kind === "report" && value.percentage !== undefined) {
        onPercent(value.percentage, value.message);
      }
    });
    return { token, listener };
  }

  /** The program may have been replaced since it was asked for its version. */
  private checkVersion(): void {
    const version = this.client.initializeResult?.serverInfo?.version ?? "0";
    this.log.info(`The server answers with version ${version}.`);
    if (!isRecent(version)) {
      throw tooOld(version, this.server.path);
    }
  }

  private async whenEnded(sentence: (reason: string) => string): Promise<never> {
    const reason = (await this.process.ended).replace(/[.\s]+$/, "");
    throw ownFailure("serverFailed", sentence(reason));
  }
}

/** The failure that a person can do something with; a lost connection means an ended process. */
async function explained(error: unknown, limit: number, ended: Promise<never>): Promise<Failure> {
  if (error instanceof TookTooLong) {
    return ownFailure(
      "serverFailed",
      vscode.l10n.t("hfs-server did not answer within {0} seconds.", limit / 1000),
    );
  }
  const known = isConnectionLost(error)
    ? // The connection and the process may end in any order.
      await within(limits.grace, ended).catch((reason: unknown) => reason)
    : error;
  return failureFrom(known instanceof TookTooLong ? error : known);
}
