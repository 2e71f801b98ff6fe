/** The commands that import. */

import type * as vscode from "vscode";
import { importArgument, toolsArgument } from "../arguments";
import type { Failure } from "../errors";
import type { Actions, Messages } from "../messages";
import type { Server } from "../server/client";
import { askForFiles, askForFolders } from "./importDialogs";
import {
  fileName,
  type ImportOptions,
  type ImportRun,
  type ImportSummary,
  importFiles,
  importTools,
  summaryOf,
} from "./importing";
import type { ImportMessages } from "./importMessages";
import { changesIn, decide } from "./importPreview";
import { logLines } from "./importReport";
import { toolName } from "./labels";
import { pickSources, requireTools } from "./sources";

/** What is asked for, and how it is done, which may be done again. */
interface Import {
  sources: string[];
  run: (dry?: { dryRun: true }) => Promise<ImportRun>;
  /** The one file that it is about. */
  file?: vscode.Uri | undefined;
  /** The tools that it is about. */
  tools?: readonly string[];
}

export class ImportCommand {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
    private readonly announcements: ImportMessages,
    private readonly onDidImport: (run: ImportSummary, tools: readonly string[]) => unknown,
  ) {}

  /** Every command that imports, by its id. */
  all(): Record<string, (...given: unknown[]) => unknown> {
    return {
      "hfs.importSession": (given, selected) => this.files(given, selected),
      "hfs.importFile": (given, selected) => this.files(given, selected ?? []),
      "hfs.importFolder": (given, selected) => this.files(given, selected, askForFolders),
      "hfs.importTools": (given) => this.tools(given),
    };
  }

  /** Imports what is given, or else what a person chooses; a menu also gives what is selected. */
  private async files(
    given: unknown,
    selected: unknown,
    ask?: () => Promise<vscode.Uri[] | undefined>,
  ): Promise<ImportSummary | undefined> {
    // The explorer gives the file under the mouse, and all that are selected.
    const isMenu = Array.isArray(selected);
    const argument = importArgument(isMenu && selected.length > 0 ? selected : given);
    if (argument && !isMenu) {
      return summaryOf(await this.logged(this.ofFiles(argument.uris, argument.options)));
    }
    if (argument) {
      return this.messages.guard(() => this.attended(this.ofFiles(argument.uris)));
    }
    return this.messages.guard(() => (ask ? this.asked(ask) : this.chosen()));
  }

  /** Imports the sessions of the tools that are given, or else of those that a person chooses. */
  private async tools(given: unknown): Promise<ImportSummary | undefined> {
    const argument = toolsArgument(given);
    if (argument) {
      await requireTools(this.server);
      return summaryOf(await this.logged(this.ofTools(argument.tools, argument.options)));
    }
    return this.messages.guard(async () => {
      await requireTools(this.server);
      return this.chosen();
    });
  }

  /** Imports from where a person chooses. */
  private async chosen(): Promise<ImportSummary | undefined> {
    const choice = await pickSources(this.server);
    switch (choice?.from) {
      case "files":
        return this.asked(askForFiles);
      case "folder":
        return this.asked(askForFolders);
      case "tools":
        return this.previewed(this.ofTools(choice.tools), choice.tools.map(toolName).join(", "));
      case undefined:
        return undefined;
    }
  }

  /** Imports what a person chooses in a dialog; several sessions not without a preview. */
  private async asked(
    ask: () => Promise<vscode.Uri[] | undefined>,
  ): Promise<ImportSummary | undefined> {
    const uris = await ask();
    if (!uris || uris.length === 0) {
      return undefined;
    }
    const work = this.ofFiles(uris);
    const isOfMany = ask === askForFolders || uris.some(({ path }) => /\.(zip|db)$/i.test(path));
    return isOfMany ? this.previewed(work, uris.map(fileName).join(", ")) : this.attended(work);
  }

  private ofFiles(uris: readonly vscode.Uri[], options: ImportOptions = {}): Import {
    return {
      sources: uris.map((uri) => uri.toString(true)),
      run: (dry) => importFiles(this.server, uris, { ...options, ...dry }),
      file: uris.length === 1 ? uris[0] : undefined,
    };
  }

  private ofTools(tools: readonly string[], options: ImportOptions = {}): Import {
    return {
      sources: [...tools],
      run: (dry) => importTools(this.server, tools, { ...options, ...dry }),
      tools,
    };
  }

  /** Shows what would be imported, and imports it if that is wanted. */
  private async previewed(work: Import, subject: string): Promise<ImportSummary | undefined> {
    const run = await work.run({ dryRun: true });
    if (run.cancelled) {
      return undefined;
    }
    if (run.failure && run.sessions.length === 0 && run.failed.length < 2) {
      await this.announcements.failure(run.failure, work.file, this.again(work));
      return undefined;
    }
    if (changesIn(run) === 0) {
      this.announcements.nothing(run);
      return undefined;
    }
    const decision = await decide(run, subject);
    if (decision === "details") {
      await this.announcements.details(run, () => this.messages.guard(() => this.confirmed(work)));
    }
    return decision === "import" ? this.confirmed(work) : undefined;
  }

  private async confirmed(work: Import): Promise<ImportSummary | undefined> {
    const summary = await this.attended(work);
    if (summary) {
      this.onDidImport(summary, work.tools ?? []);
    }
    return summary;
  }

  private async attended(work: Import): Promise<ImportSummary | undefined> {
    const run = await this.logged(work);
    if (run.failure && run.failed.length === 0) {
      await this.announcements.failure(run.failure, work.file, this.again(work));
      return undefined;
    }
    this.announcements.done(run, this.again(work));
    const { failure: _, ...summary } = run;
    return summary;
  }

  private async logged({ run, sources }: Import): Promise<ImportRun> {
    const done = await run();
    this.messages.note(logLines(done, sources));
    return done;
  }

  /** A second try: what is in the store already is not imported twice. */
  private again(work: Import): Actions {
    const retry = () => this.messages.guard(() => this.attended(work));
    const install = async (failure: Failure) => {
      if (await this.messages.install(failure)) {
        await retry();
      }
    };
    return { retry, install };
  }
}
