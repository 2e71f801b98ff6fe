/** The extension's wiring. Nothing runs before it is needed, and nothing is left when it ends. */

import * as vscode from "vscode";
import { annotates } from "./authorship/annotations";
import { AuthorshipCommand } from "./authorship/command";
import { Commands } from "./commands";
import { CompareCommand } from "./comparing/command";
import { ContinueCommand } from "./continuing/command";
import { CopyCommand } from "./copying/command";
import { DeletionCommand } from "./deletion/command";
import { DiagnosticsCommand } from "./diagnostics/command";
import { type Failure, failureFrom } from "./errors";
import { ExportAllCommand } from "./exportAll/command";
import { ExportToCommand } from "./exportTo/command";
import { limits } from "./limits";
import { LinkCommand } from "./links/command";
import { Messages, show } from "./messages";
import { SearchCommand } from "./search/command";
import { Server } from "./server/client";
import { ownFolder } from "./server/finder";
import { install } from "./server/installer";
import { keptTools, prepare } from "./server/settings";
import { upgradeCommand } from "./server/upgrade";
import { hasSessionFile, startForSessionFiles } from "./sessionFiles/openFiles";
import { Documents } from "./sessions/documents";
import { DragAndDrop } from "./sessions/dragAndDrop";
import { NO_FILTER } from "./sessions/filter";
import { filterSessions } from "./sessions/filterBox";
import { groupSessions } from "./sessions/grouping";
import { ImportCommand } from "./sessions/importCommand";
import { ImportMessages } from "./sessions/importMessages";
import { changesIn } from "./sessions/importPreview";
import { offerToKeep } from "./sessions/keep";
import { Links } from "./sessions/links";
import { extendMarkdownIt } from "./sessions/previewLinks";
import { RenameCommand } from "./sessions/rename";
import { Reports } from "./sessions/reports";
import { followLinks } from "./sessions/showMessage";
import { SessionsView } from "./sessions/view";
import { MessageCommand } from "./sessionTab/messageCommand";
import { Outline } from "./sessionTab/outline";
import { PartLinks } from "./sessionTab/partLinks";
import { SharingCommand } from "./sharing/command";
import { StatisticsCommand } from "./statistics/command";
import { StatusCommand } from "./status/command";
import { StatusItem } from "./status/item";

/** What other extensions can see of this one; the commands are the way to use it. */
export interface HfsApi {
  readonly serverPid: number | undefined;
  readonly serverPath: string | undefined;
  /** What the entry in the status bar shows; undefined while there is none. */
  readonly status: string | undefined;
  readonly limits: typeof limits;
  /** What VS Code's Markdown preview asks of extensions. */
  readonly extendMarkdownIt: typeof extendMarkdownIt;
}

const WALKTHROUGH = "hfs.hfs-sessions#hfs.start";

let running: Server | undefined;

export function activate(context: vscode.ExtensionContext): HfsApi {
  const log = vscode.window.createOutputChannel("HFS", { log: true });
  const server = new Server(() => prepare(context, log), log);
  const documents = new Documents(server);
  const dragAndDrop = new DragAndDrop(documents);
  const view = new SessionsView(server, dragAndDrop);
  const messages = new Messages(log, {
    install: () => vscode.commands.executeCommand("hfs.installServer"),
    settings: () => vscode.commands.executeCommand("workbench.action.openSettings", "hfs"),
    log: () => log.show(),
    upgrade: (failure) => showUpgrade(server, ownFolder(context), failure),
  });
  const reports = new Reports();
  const actions = new Commands(server, documents, messages);
  const announcements = new ImportMessages(messages, reports, (session) => actions.open(session));
  const importing = new ImportCommand(server, messages, announcements, (run, tools) => {
    if (changesIn(run) > 0) {
      view.reveal();
    }
    offerToKeep(context.globalState, run, tools);
  });
  const authorship = new AuthorshipCommand(server, messages, actions);
  const searching = new SearchCommand(server, messages, actions);
  const statistics = new StatisticsCommand(server, messages);
  const status = new StatusItem(server);
  const restart = async () => {
    await server.stop();
    view.restart();
    return await server.start();
  };
  const links = new LinkCommand(server, messages, context.extension.id, (session) =>
    actions.open(session),
  );
  const commands: Record<string, (...given: unknown[]) => unknown> = {
    ...actions.all(),
    ...importing.all(),
    ...searching.all(),
    ...authorship.all(),
    ...statistics.all(),
    ...new ExportAllCommand(server, messages, reports, context.globalState).all(),
    ...new ExportToCommand(server, messages, reports, context.globalState, view).all(),
    ...new SharingCommand(server, messages, actions).all(),
    ...new CopyCommand(server, messages).all(),
    ...new MessageCommand(server, documents, messages, actions).all(),
    ...links.all(),
    ...new ContinueCommand(server, messages).all(),
    ...new CompareCommand(server, documents, messages).all(),
    ...new RenameCommand(server, messages, view).all(),
    ...new DeletionCommand(server, messages, view).all(),
    ...new DiagnosticsCommand(context, server, messages).all(),
    ...new StatusCommand(server, messages).all(),
    "hfs.restartServer": () => messages.guard(restart),
    "hfs.installServer": () =>
      messages.guard(async () => {
        await server.stop();
        await install(context, log);
        const found = await restart();
        show(
          vscode.window.showInformationMessage,
          vscode.l10n.t("hfs-server {0} is installed and running.", found.version),
          [],
        );
        return found;
      }),
    "hfs.showLog": () => log.show(),
    "hfs.getStarted": () =>
      vscode.commands.executeCommand("workbench.action.openWalkthrough", WALKTHROUGH, false),
    "hfs.showMoreSessions": (list) => view.showMore(String(list)),
    "hfs.groupSessions": (by) => groupSessions(by),
    "hfs.filterSessions": (given) => filterSessions(view, given),
    "hfs.clearFilter": () => view.setFilter(NO_FILTER),
    "hfs.refreshSessions": () => {
      view.refresh();
      // The view says by itself what it finds; a person who asked again after a failure gets a message.
      return view.failure ? messages.guard(() => server.start()) : undefined;
    },
  };
  const settle = async () => {
    await server.stop();
    view.restart();
    keepGoing(server, log);
  };
  context.subscriptions.push(
    log,
    documents,
    reports,
    statistics,
    status,
    view,
    dragAndDrop,
    searching,
    Links.register(),
    PartLinks.register(documents),
    Outline.register(),
    startForSessionFiles(() => start(server, log)),
    followLinks((session, tab) => actions.open(session, tab)),
    vscode.window.registerUriHandler(links),
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
    vscode.workspace.onDidGrantWorkspaceTrust(settle),
    vscode.workspace.onDidChangeConfiguration((event) => {
      const restarting = [
        "hfs.server",
        "hfs.databasePath",
        "hfs.exportDirectory",
        "hfs.keep",
        "hfs.annotate",
        "hfs.sessionFiles",
      ];
      if (restarting.some((section) => event.affectsConfiguration(section))) {
        settle();
      }
    }),
  );
  running = server;
  keepGoing(server, log);
  return {
    get serverPid() {
      return server.pid;
    },
    get serverPath() {
      return server.found?.path;
    },
    get status() {
      return status.text;
    },
    limits,
    extendMarkdownIt,
  };
}

export async function deactivate(): Promise<void> {
  await running?.dispose();
}

/** Starts the server where it works by itself. */
function keepGoing(server: Server, log: vscode.LogOutputChannel): void {
  const keeps = vscode.workspace.isTrusted && keptTools()?.length;
  if (annotates() || keeps || hasSessionFile()) {
    start(server, log);
  }
}

/** Who needs the server reads why it cannot start; here that is no more than a line in the log. */
function start(server: Server, log: vscode.LogOutputChannel): void {
  server.start().catch((error) => log.warn(failureFrom(error).message));
}

function showUpgrade(server: Server, environment: string, failure: Failure): void {
  const { sentence, command } = upgradeAdvice(server, environment, failure);
  const copy = {
    title: vscode.l10n.t("Copy Command"),
    run: () => vscode.env.clipboard.writeText(command ?? ""),
  };
  show(vscode.window.showInformationMessage, sentence, command === undefined ? [] : [copy]);
}

/** How the server that failed is upgraded, in a sentence, and with which command. */
function upgradeAdvice(server: Server, environment: string, failure: Failure) {
  const { t } = vscode.l10n;
  const path = String(failure.data.path ?? server.found?.path ?? "");
  const command = upgradeCommand(server.found?.path ?? path, environment);
  const sentence =
    command === undefined
      ? t(
          "This server came with the extension: update the extension, then run “HFS: Install Server”.",
        )
      : t("Upgrade hfs-server in a terminal with: {0} — then run “HFS: Restart Server”.", command);
  return { sentence, command };
}
