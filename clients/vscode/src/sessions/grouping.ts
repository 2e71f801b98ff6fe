/** By what the view groups its sessions: a setting, and the command that changes it. */

import * as vscode from "vscode";
import { GROUPINGS, type GroupBy } from "./groups";

/** By what the sessions are grouped at present. */
export function grouping(): GroupBy {
  const set = vscode.workspace.getConfiguration("hfs").get<string>("groupBy", "date");
  return GROUPINGS.find((one) => one === set) ?? "date";
}

/** Groups the sessions as given, or else as a person chooses; gives by what they are grouped then. */
export async function groupSessions(given: unknown): Promise<GroupBy | undefined> {
  const by = GROUPINGS.find((one) => one === given) ?? (await choose());
  if (by !== undefined && by !== grouping()) {
    const configuration = vscode.workspace.getConfiguration("hfs");
    const { Global, Workspace } = vscode.ConfigurationTarget;
    const isOfWorkspace = configuration.inspect("groupBy")?.workspaceValue !== undefined;
    await configuration.update("groupBy", by, isOfWorkspace ? Workspace : Global);
  }
  return by;
}

async function choose(): Promise<GroupBy | undefined> {
  const { t } = vscode.l10n;
  const names: Record<GroupBy, string> = {
    project: t("Project"),
    tool: t("Tool"),
    date: t("Date"),
    none: t("Nothing"),
  };
  const details: Record<GroupBy, string> = {
    project: t("The folder in which a session was held"),
    tool: t("The tool that a session comes from"),
    date: t("Today, yesterday, this week, this month, and older"),
    none: t("One list, the newest first"),
  };
  const current = grouping();
  const rows = GROUPINGS.map((by) => ({
    by,
    label: names[by],
    description: by === current ? `${details[by]} $(check)` : details[by],
  }));
  const placeHolder = t("Group the sessions by what?");
  return (await vscode.window.showQuickPick(rows, { placeHolder }))?.by;
}
