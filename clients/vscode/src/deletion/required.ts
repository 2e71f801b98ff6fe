/** Whether the server renames, deletes and restores sessions. */

import * as vscode from "vscode";
import { ownFailure } from "../errors";
import type { Server } from "../server/client";

/** Whether a server announces this says whether it can. */
const DELETE_COMMAND = "hfs.server.deleteSession";

export function knowsDeletion(server: Server): boolean {
  return server.announces(DELETE_COMMAND);
}

/** Raises Failure if the server cannot. */
export async function requireChanges(server: Server): Promise<void> {
  await server.start();
  if (!knowsDeletion(server)) {
    throw ownFailure(
      "serverTooOld",
      vscode.l10n.t("This hfs-server cannot rename, delete or restore sessions. Upgrade it."),
    );
  }
}
