/**
 * The command that continues a session in the tool that wrote it.
 *
 * A session may come from anybody. The rule not to break: its command is typed into a terminal and
 * not run, and a folder that is not of the workspace is confirmed before a shell begins there.
 */

import * as vscode from "vscode";
import { isAttended, sessionArgument } from "../arguments";
import { ownFailure, raised } from "../errors";
import { type Messages, show } from "../messages";
import type { Server } from "../server/client";
import type { FindSessionResult, Resume } from "../server/protocol";
import { sessionOfTab } from "../sessions/activeSession";
import { findSession } from "../sessions/finding";
import { shortPath, titleOf, toolName } from "../sessions/labels";
import { pickSession } from "../sessions/picker";
import { toolIcon } from "../sessions/toolIcons";
import { shortened, withoutIcons } from "../text";

const LONGEST_PATH = 200;
/** What the server promises of every argument: nothing that a shell takes for more than a word. */
const WORD = /^[\w=-]+$/;

export class ContinueCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
  ) {}

  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.continueSession": (given) => this.run(given),
      "hfs.continueRow": (row) => this.run(row),
      "hfs.continueTab": (uri) => this.run(sessionOfTab(uri)),
    };
  }

  /** Opens the terminal for a person; a caller only gets the command. */
  private run(given: unknown): Promise<Resume | undefined> {
    const argument = sessionArgument(given);
    let { session } = argument;
    const work = async () => {
      session ??= await pickSession(this.server, {
        placeholder: vscode.l10n.t("Choose a session to continue; type words of its name"),
      });
      return session && this.find(session.id);
    };
    if (!isAttended(given, argument)) {
      return raised(work().then((found) => found?.resume));
    }
    return this.messages.guard(async () => {
      const found = await work();
      return found && (await open(found)) ? found.resume : undefined;
    });
  }

  /** Raises Failure if the session cannot be continued. */
  private async find(sessionId: number): Promise<FindSessionResult & { resume: Resume }> {
    const { t } = vscode.l10n;
    const { resume, session, ...found } = await findSession(this.server, { sessionId });
    if (resume === null || !resume.command.every((word) => WORD.test(word))) {
      throw ownFailure(
        "notPossible",
        t("{0} cannot be continued: no command of {1} is known for it.", ...namesOf(session)),
      );
    }
    return { ...found, session, resume };
  }
}

function namesOf(session: FindSessionResult["session"]): [title: string, tool: string] {
  return [titleOf(session), toolName(session.tool)];
}

/** Gives whether a terminal was opened, in which the command waits for Enter. */
async function open({ session, resume }: FindSessionResult & { resume: Resume }): Promise<boolean> {
  const line = resume.command.join(" ");
  if (!(await isWanted(resume, line, session))) {
    return false;
  }
  const terminal = vscode.window.createTerminal({
    name: withoutIcons(toolName(session.tool)),
    iconPath: toolIcon(session.tool),
    ...(resume.directory !== null && { cwd: resume.directory }),
  });
  terminal.show();
  terminal.sendText(line, false);
  if (resume.directory === null && session.workingDirectory) {
    const folder = shortened(shortPath(session.workingDirectory), LONGEST_PATH);
    const sentence = vscode.l10n.t(
      "The session's folder is not on this machine: {0}. The tool may not find the session elsewhere.",
      folder,
    );
    show(vscode.window.showWarningMessage, sentence, []);
  }
  return true;
}

/** Asks before a shell begins in a folder that a session has named, and no person has opened. */
async function isWanted(
  { directory }: Resume,
  line: string,
  session: FindSessionResult["session"],
): Promise<boolean> {
  if (directory === null || vscode.workspace.getWorkspaceFolder(vscode.Uri.file(directory))) {
    return true;
  }
  const { t } = vscode.l10n;
  const question = t("Continue {0} in {1}?", ...namesOf(session));
  const detail = t(
    "A terminal opens in the session's folder, {0}, with the command {1}. Press Enter there to run it.",
    shortened(shortPath(directory), LONGEST_PATH),
    line,
  );
  const yes = t("Open Terminal");
  const options = { modal: true, detail };
  return (await vscode.window.showInformationMessage(question, options, yes)) === yes;
}
