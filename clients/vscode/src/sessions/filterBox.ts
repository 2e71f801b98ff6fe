/** The box that filters the view while one types in it, and the commands that show and clear it. */

import * as vscode from "vscode";
import { isObject } from "../arguments";
import type { SessionSummary } from "../server/protocol";
import { oneLine, shortened, withoutIcons } from "../text";
import { isFilter, NO_FILTER, type SessionFilter } from "./filter";
import { projectOf, shortPath, toolName } from "./labels";
import { toolIcon } from "./toolIcons";
import type { SessionsView } from "./view";

const MOST_PROJECTS = 100;
const LONGEST_TEXT = 40;
const TYPING_MILLISECONDS = 100;

interface Row extends vscode.QuickPickItem {
  tool?: string;
  project?: string;
}

type Filtered = Pick<SessionsView, "filter" | "setFilter" | "sessions" | "reveal">;

/** Filters as a caller says, or as a person does in the box; gives the filter. */
export async function filterSessions(view: Filtered, given: unknown): Promise<SessionFilter> {
  if (isObject(given)) {
    const { text, tools, projects } = given;
    view.setFilter({
      text: typeof text === "string" ? text : "",
      tools: textsIn(tools),
      projects: textsIn(projects),
    });
  } else {
    view.reveal();
    await ask(view);
  }
  return view.filter;
}

/** The filter for people: what is typed, and the names of tools and projects. */
export function filterText({ text, tools, projects }: SessionFilter): string {
  const words = shortened(text, LONGEST_TEXT);
  const names = [...tools.map(toolName), ...projects.map((path) => projectOf(path))];
  return [words && `“${words}”`, ...names.map((name) => shortened(name, LONGEST_TEXT))]
    .filter(Boolean)
    .join(" · ");
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** Shows what fits while the box is open; what was there before comes back unless it is accepted. */
function ask(view: Filtered): Promise<void> {
  const { t } = vscode.l10n;
  const before = view.filter;
  const pick = vscode.window.createQuickPick<Row>();
  const clear = { iconPath: new vscode.ThemeIcon("clear-all"), tooltip: t("Clear Filter") };
  let typing: NodeJS.Timeout | undefined;
  pick.title = t("Filter the Sessions of the View");
  pick.placeholder = t("Type words, and check tools and projects; Enter keeps the filter");
  pick.canSelectMany = true;
  pick.value = before.text;
  pick.buttons = isFilter(before) ? [clear] : [];
  pick.items = rowsOf(view.sessions, before);
  pick.selectedItems = pick.items.filter(({ picked }) => picked);
  const show = () => {
    clearTimeout(typing);
    view.setFilter(filterIn(pick));
  };
  return new Promise((resolve) => {
    const close = (filter: SessionFilter) => {
      clearTimeout(typing);
      view.setFilter(filter);
      resolve();
      pick.dispose();
    };
    pick.onDidChangeValue(() => {
      clearTimeout(typing);
      typing = setTimeout(show, TYPING_MILLISECONDS);
    });
    pick.onDidChangeSelection(show);
    let kept = before;
    pick.onDidAccept(() => {
      kept = filterIn(pick);
      pick.hide();
    });
    pick.onDidTriggerButton(() => {
      kept = NO_FILTER;
      pick.hide();
    });
    pick.onDidHide(() => close(kept));
    pick.show();
  });
}

function filterIn({ value, selectedItems }: vscode.QuickPick<Row>): SessionFilter {
  return {
    text: value.trim(),
    tools: selectedItems.flatMap(({ tool }) => tool ?? []),
    projects: selectedItems.flatMap(({ project }) => project ?? []),
  };
}

/** The tools and the projects that there are, most sessions first; none is hidden by what is typed. */
function rowsOf(sessions: readonly SessionSummary[], known: SessionFilter): Row[] {
  const { t } = vscode.l10n;
  const kind = vscode.QuickPickItemKind.Separator;
  const tools = counted([...sessions.map(({ tool }) => tool)], known.tools);
  const projects = counted(
    sessions.flatMap(({ workingDirectory }) => workingDirectory ?? []),
    known.projects,
  ).slice(0, MOST_PROJECTS);
  return [
    { label: t("tools"), kind },
    ...tools.map(([tool, count]) => ({
      tool,
      label: withoutIcons(toolName(tool)),
      description: sessionsText(count),
      iconPath: toolIcon(tool),
      picked: known.tools.includes(tool),
      alwaysShow: true,
    })),
    { label: t("projects"), kind },
    ...projects.map(([project, count]) => ({
      project,
      label: withoutIcons(oneLine(projectOf(project)) || project),
      description: `${withoutIcons(shortPath(project))} · ${sessionsText(count)}`,
      iconPath: new vscode.ThemeIcon("folder"),
      picked: known.projects.includes(project),
      alwaysShow: true,
    })),
  ];
}

/** Each value with how often it is there, most first, those that are chosen before the others. */
function counted(values: readonly string[], chosen: readonly string[]): [string, number][] {
  const counts = new Map<string, number>(chosen.map((value) => [value, 0]));
  for (const value of values.filter(Boolean)) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const isChosen = (value: string) => Number(chosen.includes(value));
  return [...counts].toSorted(
    ([one, count], [other, otherCount]) =>
      isChosen(other) - isChosen(one) || otherCount - count || one.localeCompare(other),
  );
}

function sessionsText(count: number): string {
  return count === 1 ? vscode.l10n.t("1 session") : vscode.l10n.t("{0} sessions", count);
}
