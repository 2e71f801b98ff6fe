/** The command behind the entry in the status bar: it leads to what helps. */

import * as vscode from "vscode";
import { type Messages, show } from "../messages";
import type { Server } from "../server/client";
import { workOf } from "./item";

export class StatusCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.showStatus": () => this.show(),
    };
  }

  /** A failure has buttons that help, and work a bar with a button that cancels it. */
  private show(): unknown {
    const { failure, requests } = this.server;
    if (failure) {
      return this.messages.guard(() => Promise.reject(failure), {
        retry: () => this.messages.guard(() => this.server.start()),
      });
    }
    return requests.length > 0
      ? vscode.commands.executeCommand("notifications.showList")
      : this.showState();
  }

  private showState(): void {
    const { t } = vscode.l10n;
    const { found } = this.server;
    const idle = found
      ? t("hfs-server {0} is running.", found.version)
      : t("hfs-server is not running. It starts when it is needed.");
    show(vscode.window.showInformationMessage, workOf(this.server) ?? idle, [
      { title: t("Show Log"), run: () => vscode.commands.executeCommand("hfs.showLog") },
      {
        title: t("Copy Diagnostics"),
        run: () => vscode.commands.executeCommand("hfs.copyDiagnostics"),
      },
    ]);
  }
}
