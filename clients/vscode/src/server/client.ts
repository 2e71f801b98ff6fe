/** The one server of this window: started when it is first needed, and again after it ended. */

import * as vscode from "vscode";
import { type Failure, failureFrom, ownFailure } from "../errors";
import { unlessCancelled } from "../progress";
import { shownArgument } from "./address";
import type { Connection, Work } from "./connection";
import type { Found } from "./discovery";
import type { Methods } from "./protocol";
import { ServerProcess } from "./serverProcess";

/** Everything that a server is started with. */
export interface Launch {
  server: Found;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  initializationOptions: Record<string, unknown>;
}

/** Whether a server announces this says whether it imports sessions of other tools. */
const TOOLS_COMMAND = "hfs.server.listSources";
const MOST_WORDS = 30;
/** How long an answer says something of the index, in milliseconds. */
const INDEX_NEWS = 5000;

export class Server {
  private readonly changed = new vscode.EventEmitter<void>();
  /** The store changed, or another server answers for it now. */
  readonly onDidChangeSessions = this.changed.event;
  private readonly stateChanged = new vscode.EventEmitter<void>();
  /** It has failed, works again, or began or ended some work. */
  readonly onDidChangeState = this.stateChanged.event;
  /** The last lines that servers wrote to stderr, which hold no text of sessions. */
  readonly lastWords: string[] = [];
  /** What it is asked to do at present. */
  readonly requests: (keyof Methods)[] = [];
  /** What it does by itself at present, such as keeping sessions: titles by tokens. */
  readonly tasks = new Map<number | string, string>();
  /** Whether its last answer lacked what the search index does not have yet. */
  isIndexing = false;
  /** Why no server answers; undefined while one does, and before one is needed. */
  failure: Failure | undefined;
  private connecting: Promise<Connection> | undefined;
  private connection: Connection | undefined;
  private starting: ServerProcess | undefined;
  private forgetting: NodeJS.Timeout | undefined;
  private stops = 0;

  constructor(
    private readonly prepare: () => Promise<Launch>,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** The process that answers at present. */
  get pid(): number | undefined {
    return this.connection?.process.pid;
  }

  /** The server that answers at present. */
  get found(): Found | undefined {
    return this.connection?.server;
  }

  /** Whether the server that answers at present imports sessions of other tools. */
  get knowsTools(): boolean {
    return this.announces(TOOLS_COMMAND);
  }

  /** Whether the server that answers at present has this command. */
  announces(command: string): boolean {
    return this.connection?.commands.includes(command) ?? false;
  }

  /** Starts the server unless it runs. Raises Failure. */
  async start(): Promise<Found> {
    return (await this.connected()).server;
  }

  /** The server's answer, from a server that is started for it where none runs. Raises Failure. */
  async request<M extends keyof Methods>(
    method: M,
    params: Methods[M][0],
    work: Work = {},
  ): Promise<Methods[M][1]> {
    const { token } = work;
    const connecting = this.connected();
    const connection = await (token ? unlessCancelled(token, connecting) : connecting);
    this.requests.push(method);
    this.stateChanged.fire();
    try {
      const answer = await connection.request(method, params, work);
      this.noteIndex(answer);
      return answer;
    } finally {
      this.requests.splice(this.requests.indexOf(method), 1);
      this.stateChanged.fire();
    }
  }

  /** Ends the server; the next request starts it again. */
  async stop(): Promise<void> {
    this.stops++;
    const ending = this.connecting;
    if (ending && !this.connection) {
      this.starting?.end("it was stopped");
    }
    this.connecting = undefined;
    this.connection = undefined;
    this.tasks.clear();
    this.become(undefined);
    await (await ending?.catch(() => undefined))?.close();
  }

  async dispose(): Promise<void> {
    await this.stop();
    clearTimeout(this.forgetting);
    this.changed.dispose();
    this.stateChanged.dispose();
  }

  private connected(): Promise<Connection> {
    this.connecting ??= this.connect();
    return this.connecting;
  }

  private connect(): Promise<Connection> {
    const title = vscode.l10n.t("Starting the HFS server…");
    const options = { location: vscode.ProgressLocation.Window, title };
    const connecting = Promise.resolve(vscode.window.withProgress(options, () => this.launch()));
    const forget = (reason: unknown) => {
      if (this.connecting === connecting) {
        this.connecting = undefined;
        this.connection = undefined;
        this.tasks.clear();
        this.become(failureFrom(reason));
      }
    };
    connecting.then((connection) => {
      if (this.connecting === connecting) {
        this.connection = connection;
        this.become(undefined);
      }
      connection.process.ended.then((reason) => {
        this.log.info(`The server (process ${connection.process.pid}) is gone: ${reason}`);
        forget(ownFailure("serverFailed", vscode.l10n.t("hfs-server ended: {0}", reason)));
      });
      this.changed.fire();
    }, forget);
    return connecting;
  }

  private noteTask(token: number | string, title?: string): void {
    if (title === undefined) {
      this.tasks.delete(token);
    } else {
      this.tasks.set(token, title);
    }
    this.stateChanged.fire();
  }

  /** Who waits for the index asks again soon; where nobody does, nothing is known of it. */
  private noteIndex(answer: object): void {
    if ("isComplete" in answer) {
      clearTimeout(this.forgetting);
      this.isIndexing = answer.isComplete === false;
      this.forgetting = setTimeout(() => {
        this.isIndexing = false;
        this.stateChanged.fire();
      }, INDEX_NEWS).unref();
    }
  }

  private become(failure: Failure | undefined): void {
    this.failure = failure?.kind === "cancelled" ? undefined : failure;
    this.stateChanged.fire();
  }

  private hear(line: string): void {
    this.log.info(`server: ${line}`);
    this.lastWords.push(line);
    this.lastWords.splice(0, this.lastWords.length - MOST_WORDS);
  }

  private async launch(): Promise<Connection> {
    const stops = this.stops;
    // The language client is large, and Markdown files wake this extension without need of it.
    const { Connection } = await import("./connection.js");
    const { server, args, env, cwd, initializationOptions } = await this.prepare();
    if (stops !== this.stops) {
      throw ownFailure("cancelled", vscode.l10n.t("Cancelled."));
    }
    const command = { path: server.path, args, env, cwd };
    const process = new ServerProcess(command, (line) => this.hear(line));
    this.starting = process;
    this.log.info(
      `Starting ${[server.path, ...args.map(shownArgument)].join(" ")} (process ${process.pid})`,
    );
    const connection = new Connection(process, server, this.log, initializationOptions);
    const onTask = (token: number | string, title?: string) => this.noteTask(token, title);
    await connection.open(() => this.changed.fire(), onTask);
    return connection;
  }
}
