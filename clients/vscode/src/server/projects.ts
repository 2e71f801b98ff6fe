/**
 * What the settings of a project do not decide: where its user's sessions go.
 *
 * The rule not to break: only the environment says that sessions are shared, and only the
 * environment and the user's own settings say on which server a store is.
 */

import type { WorkspaceConfiguration } from "vscode";
import { holdsAddress } from "./address";

export type Settings = Pick<WorkspaceConfiguration, "get" | "inspect">;

type Variables = Record<string, string>;

const SHARING = /^HFS_SHARE/;
/** What a project does not set: our own variables, and those of libpq, which name a server. */
const USERS_OWN = /^(?:HFS_|PG)/;

/** The environment of the server: that of VS Code, and what `hfs.server.env` may add to it. */
export function serverEnvironment(settings: Settings, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const all = settings.get<Variables>("server.env") ?? {};
  const ofUser = settings.inspect<Variables>("server.env")?.globalValue ?? {};
  return {
    ...own,
    ...chosen(all, (name) => !USERS_OWN.test(name)),
    ...chosen(ofUser, (name) => USERS_OWN.test(name) && !SHARING.test(name)),
  };
}

/** The variables with such names; in capitals, for Windows and Python know no others there. */
function chosen(variables: Variables, isChosen: (name: string) => boolean): Variables {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => isChosen(name.toUpperCase())),
  );
}

/** The setting of the workspace, or of a folder of it, that has an address, if one has. */
export function addressOfWorkspace(
  settings: Settings,
  expand: (text: string) => string,
): string | undefined {
  return ["databasePath", "server.args"].find((name) => {
    const { workspaceValue, workspaceFolderValue } = settings.inspect<unknown>(name) ?? {};
    return [workspaceValue, workspaceFolderValue]
      .flat()
      .some((value) => typeof value === "string" && holdsAddress(expand(value)));
  });
}
