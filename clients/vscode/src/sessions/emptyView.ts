/** What an empty view says, beyond what the manifest knows. */

import * as vscode from "vscode";
import type { Server } from "../server/client";
import { LIST_SOURCES } from "../server/protocol";

/** Whether tools on this machine have sessions, which an empty view then offers to import. */
export async function lookForSources(server: Server): Promise<void> {
  const sources = server.knowsTools ? (await server.request(LIST_SOURCES, {})).sources : [];
  const hasSources = sources.some(({ found }) => found > 0);
  await vscode.commands.executeCommand("setContext", "hfs.hasSources", hasSources);
}
