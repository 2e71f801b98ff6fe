/** A QuickPick for where to search: any number of tools, and one project. */

import * as vscode from "vscode";
import { failureFrom } from "../errors";
import type { Server } from "../server/client";
import { STATISTICS, type StatisticsResult } from "../server/protocol";
import { projectOf, toolName } from "../sessions/labels";
import { toolIcon } from "../sessions/toolIcons";
import { oneLine, withoutIcons } from "../text";
import type { SearchFilters } from "./search";

const MOST_PROJECTS = 100;

interface Row extends vscode.QuickPickItem {
  tool?: string;
  project?: string;
}

/** The filters that the user chooses, or undefined. Raises Failure. */
export function pickFilters(
  server: Server,
  known: SearchFilters,
): Promise<SearchFilters | undefined> {
  return new Promise((resolve, reject) => {
    const pick = vscode.window.createQuickPick<Row>();
    const source = new vscode.CancellationTokenSource();
    const close = (filters: SearchFilters | undefined) => {
      resolve(filters);
      source.cancel();
      pick.dispose();
    };
    pick.title = vscode.l10n.t("Filter the Search");
    pick.placeholder = vscode.l10n.t("Tools and a project; nothing checked means all");
    pick.canSelectMany = true;
    pick.matchOnDescription = true;
    pick.busy = true;
    let project = known.project;
    pick.onDidChangeSelection((rows) => {
      const projects = rows.flatMap((row) => row.project ?? []);
      if (projects.length > 1) {
        // There is one project: the one that was checked last.
        const newest = projects.find((one) => one !== project);
        pick.selectedItems = rows.filter((row) => !row.project || row.project === newest);
      }
      project = projects.length > 1 ? projects.find((one) => one !== project) : projects[0];
    });
    pick.onDidAccept(() => close(filtersOf(pick.selectedItems)));
    pick.onDidHide(() => close(undefined));
    pick.show();
    server.request(STATISTICS, {}, { token: source.token }).then(
      (statistics) => fill(pick, statistics, known),
      (error) => {
        reject(failureFrom(error));
        close(undefined);
      },
    );
  });
}

function filtersOf(rows: readonly Row[]): SearchFilters {
  return {
    tools: rows.flatMap(({ tool }) => tool ?? []),
    project: rows.find(({ project }) => project !== undefined)?.project,
  };
}

function fill(pick: vscode.QuickPick<Row>, all: StatisticsResult, known: SearchFilters): void {
  const { t } = vscode.l10n;
  const kind = vscode.QuickPickItemKind.Separator;
  const rows = [...toolRows(all, known), ...projectRows(all, known)];
  pick.items = [
    { label: t("tools"), kind },
    ...rows.filter(({ tool }) => tool !== undefined),
    { label: t("project"), kind },
    ...rows.filter(({ project }) => project !== undefined),
  ];
  pick.selectedItems = rows.filter(({ picked }) => picked);
  pick.busy = false;
}

function toolRows({ byTool }: StatisticsResult, { tools }: SearchFilters): Row[] {
  const counts = new Map(byTool.map(({ tool, sessions }) => [tool, sessions]));
  return [...new Set([...counts.keys(), ...tools])].map((tool) => ({
    tool,
    label: withoutIcons(toolName(tool)),
    description: sessionsText(counts.get(tool) ?? 0),
    iconPath: toolIcon(tool),
    picked: tools.includes(tool),
  }));
}

/** The workspace's folders first, then those with sessions. */
function projectRows({ byProject }: StatisticsResult, { project }: SearchFilters): Row[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const counts = new Map(
    byProject
      .slice(0, MOST_PROJECTS)
      .flatMap((one) => (one.project === null ? [] : [[one.project, one.sessions] as const])),
  );
  const paths = new Set([
    ...(project === undefined ? [] : [project]),
    ...folders,
    ...counts.keys(),
  ]);
  return [...paths].map((path) => ({
    project: path,
    label: withoutIcons(oneLine(projectOf(path)) || path),
    description: [withoutIcons(oneLine(path)), sessionsText(counts.get(path) ?? 0)]
      .filter(Boolean)
      .join(" · "),
    iconPath: new vscode.ThemeIcon(folders.includes(path) ? "root-folder" : "folder"),
    picked: path === project,
  }));
}

function sessionsText(count: number): string {
  const { t } = vscode.l10n;
  return count === 0 ? "" : count === 1 ? t("1 session") : t("{0} sessions", count);
}
