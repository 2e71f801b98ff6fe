/** One session, as the server finds it by its id or its identity. */

import * as vscode from "vscode";
import { ownFailure } from "../errors";
import type { Server } from "../server/client";
import { FIND_SESSION, type FindSessionParams, type FindSessionResult } from "../server/protocol";

/** Whether a server announces this says whether it can. */
const FIND_COMMAND = "hfs.server.findSession";

/** Raises Failure, also if the server is too old for it. */
export async function findSession(
  server: Server,
  params: FindSessionParams,
): Promise<FindSessionResult> {
  await server.start();
  if (!server.announces(FIND_COMMAND)) {
    throw ownFailure(
      "serverTooOld",
      vscode.l10n.t("This hfs-server cannot find a session by itself. Upgrade it."),
    );
  }
  return server.request(FIND_SESSION, params);
}
