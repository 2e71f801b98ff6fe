/** The server's commands, as they stand on lenses and actions, and the extension's in their place. */

import * as vscode from "vscode";
import { Chosen } from "../arguments";

type Given = { uri?: string; sessionId?: number; name?: string };

/** Those of the extension have dialogs, messages and tabs. */
const OWN: Readonly<Record<string, (given: Given) => [command: string, ...given: unknown[]]>> = {
  "hfs.server.sessionsOfFile": ({ uri = "" }) => ["hfs.sessionsOfFile", vscode.Uri.parse(uri)],
  "hfs.server.import": ({ uri = "" }) => ["hfs.importFile", vscode.Uri.parse(uri)],
  "hfs.server.openSession": ({ sessionId = 0, name }) => [
    "hfs.openSession",
    new Chosen({ id: sessionId, ...(name !== undefined && { name }) }),
  ],
};

/** The server's command as one of the extension. */
export function ownCommand<C extends vscode.Command | undefined>(command: C): C {
  const own = command && OWN[command.command];
  if (!own) {
    return command;
  }
  const [name, ...given] = own(command.arguments?.[0] ?? {});
  return { ...command, command: name, arguments: given };
}
