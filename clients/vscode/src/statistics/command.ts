/** The command that shows statistics in a tab of its own. */

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Messages } from "../messages";
import { withPercentage } from "../progress";
import type { Server } from "../server/client";
import { STATISTICS, type StatisticsResult } from "../server/protocol";
import { toolName } from "../sessions/labels";
import { type Choice, pageOf, type Selection } from "./page";

const VIEW_TYPE = "hfs.statistics";
const COMMAND = "hfs.showStatistics";

export class StatisticsCommand implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private selection: Selection = {};

  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
  ) {}

  /** The commands, by their ids. */
  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.showStatistics": (given) => this.show(selectionIn(given)),
      "hfs.refreshStatistics": () => this.show(this.selection),
    };
  }

  dispose(): void {
    this.panel?.dispose();
  }

  /** Shows the statistics of the selection; gives them. */
  private show(selection: Selection): Promise<StatisticsResult | undefined> {
    return this.messages.guard(async () => {
      const title = vscode.l10n.t("Counting messages");
      const params = { since: selection.since ?? null, project: selection.project ?? null };
      const result = await withPercentage(title, (token, onPercent) =>
        this.server.request(STATISTICS, params, { token, onPercent }),
      );
      this.selection = selection;
      const panel = this.opened();
      panel.webview.html = pageOf(result, {
        choices: this.choices(),
        command: COMMAND,
        nonce: randomBytes(16).toString("base64"),
        language: vscode.env.language,
        translate: (text, ...values) => vscode.l10n.t(text, ...values),
        toolName,
      });
      return result;
    });
  }

  /** The tab, in front. */
  private opened(): vscode.WebviewPanel {
    if (this.panel) {
      this.panel.reveal();
      return this.panel;
    }
    const title = vscode.l10n.t("HFS Statistics");
    const options = {
      enableScripts: false,
      enableCommandUris: [COMMAND],
      enableFindWidget: true,
      localResourceRoots: [],
    };
    const panel = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      title,
      vscode.ViewColumn.Active,
      options,
    );
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    this.panel = panel;
    return panel;
  }

  private choices(): { name: string; choices: Choice[] }[] {
    const { t } = vscode.l10n;
    const { since, project } = this.selection;
    const periods: [string, string | undefined][] = [
      [t("All Sessions"), undefined],
      [t("Active in the Last Year"), "365d"],
      [t("Active in the Last 30 Days"), "30d"],
      [t("Active in the Last 7 Days"), "7d"],
    ];
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(
      ({ uri }) => uri.scheme === "file",
    );
    const projects: [string, string | undefined][] = [
      [t("All Projects"), undefined],
      ...folders.map(({ name, uri }): [string, string] => [name, uri.fsPath]),
    ];
    const ofPeriods = periods.map(([label, value]) => ({
      label,
      selection: { since: value, project },
      isChosen: value === since,
    }));
    const ofProjects = projects.map(([label, value]) => ({
      label,
      selection: { since, project: value },
      isChosen: value === project,
    }));
    return [
      { name: t("Period"), choices: ofPeriods },
      ...(folders.length > 0 ? [{ name: t("Project"), choices: ofProjects }] : []),
    ];
  }
}

/** The selection that a link or another extension gives; all else is ignored. */
function selectionIn(given: unknown): Selection {
  const { since, project } = (given ?? {}) as Record<string, unknown>;
  return {
    since: typeof since === "string" ? since : undefined,
    project: typeof project === "string" ? project : undefined,
  };
}
