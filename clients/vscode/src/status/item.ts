/** The entry in the status bar: there only while something is at work, or wrong. */

import * as vscode from "vscode";
import type { Server } from "../server/client";
import { EXPORT_ALL, IMPORT, type Methods } from "../server/protocol";
import { shortened } from "../text";

/** Work that is over sooner is not worth a look. */
const DELAY = 400;
const LONGEST = 300;

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly listener: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;
  private isShown = false;

  constructor(private readonly server: Server) {
    this.item = vscode.window.createStatusBarItem("hfs.status", vscode.StatusBarAlignment.Left);
    this.item.name = "HFS";
    this.item.command = "hfs.showStatus";
    this.listener = server.onDidChangeState(() => this.update());
  }

  /** What it shows; undefined while it is not there. */
  get text(): string | undefined {
    return this.isShown ? this.item.text : undefined;
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(this.listener, this.item).dispose();
  }

  private update(): void {
    clearTimeout(this.timer);
    const { failure } = this.server;
    vscode.commands.executeCommand("setContext", "hfs.server", stateOf(this.server));
    const work = workOf(this.server);
    if (work !== undefined) {
      const draw = () => this.show(`$(sync~spin) ${work}`, work);
      this.timer = this.isShown ? undefined : setTimeout(draw, DELAY);
      if (this.isShown) {
        draw();
      }
    } else if (failure) {
      this.show("$(warning) HFS", shortened(failure.message, LONGEST));
    } else {
      this.isShown = false;
      this.item.hide();
    }
  }

  private show(text: string, what: string): void {
    this.isShown = true;
    this.item.text = text;
    this.item.tooltip = what;
    this.item.accessibilityInformation = { label: `HFS: ${what}`, role: "button" };
    this.item.show();
  }
}

/** The server as menus and the walkthrough know it. */
function stateOf({ failure, pid }: Server): string {
  if (failure) {
    return failure.kind === "serverNotFound" ? "missing" : "failed";
  }
  return pid === undefined ? "idle" : "running";
}

/** What the server is doing, if it takes long enough to be shown. */
export function workOf({ requests, tasks, isIndexing }: Server): string | undefined {
  const { t } = vscode.l10n;
  const titles: Partial<Record<keyof Methods, string>> = {
    [IMPORT]: t("Importing sessions"),
    [EXPORT_ALL]: t("Exporting sessions"),
  };
  const requested = requests.map((method) => titles[method]).find(Boolean);
  const byItself = tasks.size > 0 ? t("Keeping sessions") : undefined;
  return requested ?? byItself ?? (isIndexing ? t("Building the search index") : undefined);
}
