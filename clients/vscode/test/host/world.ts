/** What the suites share: the extension, a store of their own, and looking at tabs. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import type { HfsApi } from "../../src/extension";
import type { ListSessionsResult, SessionSummary } from "../../src/server/protocol";

export const measured = new Map<string, number>();

export function variable(name: string): string {
  return process.env[name] ?? "";
}

export const root = variable("HFS_TEST_ROOT");
export const server = variable("HFS_TEST_SERVER");
export const standIn = variable("HFS_TEST_STANDIN");

export const extension = () => {
  const found = vscode.extensions.getExtension<HfsApi>("hfs.hfs-sessions");
  if (!found) {
    throw new Error("The extension is not installed.");
  }
  return found;
};

export const api = (): HfsApi => extension().exports;

export function example(name: string): vscode.Uri {
  return vscode.Uri.file(join(root, "notes/exports", name));
}

/** Sets settings of the workspace, and waits until the extension has seen them. */
export async function configure(settings: Record<string, unknown>): Promise<void> {
  await extension().activate();
  const configuration = vscode.workspace.getConfiguration("hfs");
  for (const [name, value] of Object.entries(settings)) {
    const known = configuration.inspect(name)?.workspaceValue;
    if (JSON.stringify(known) !== JSON.stringify(value)) {
      await configuration.update(name, value, vscode.ConfigurationTarget.Workspace);
    }
  }
  await until(async () => api().serverPid === undefined);
}

let stores = 0;

/** The real server with this store, or else with a new and empty one. */
export async function useRealServer(known?: string): Promise<string> {
  const store = known ?? join(root, `store-${++stores}`, "sessions.db");
  await configure({
    "server.path": server,
    "server.args": undefined,
    "server.env": undefined,
    databasePath: store,
    exportDirectory: join(dirname(store), "exports"),
    "export.open": undefined,
  });
  return store;
}

/** A server that fails in this way. */
export async function useStandIn(mode: string, env: Record<string, string> = {}): Promise<void> {
  await configure({ "server.path": standIn, "server.args": [mode], "server.env": env });
}

export async function sessions(): Promise<SessionSummary[]> {
  const page = await execute<ListSessionsResult>("hfs.listSessions", { limit: 500 });
  return page.sessions;
}

export function execute<T>(command: string, ...args: unknown[]): Promise<T> {
  return Promise.resolve(vscode.commands.executeCommand<T>(command, ...args));
}

/** Does to the store what the terminal program might do. */
export function sql(store: string, statement: string): void {
  const python = join(dirname(server), "python");
  const program =
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2])";
  execFileSync(existsSync(python) ? python : "python3", ["-c", program, store, statement]);
}

export async function until(
  isSo: () => boolean | Promise<boolean>,
  milliseconds = 60_000,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await isSo())) {
    if (Date.now() > end) {
      throw new Error(`It did not come about within ${milliseconds} ms: ${isSo}`);
    }
    await sleep(30);
  }
}

export const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export function tabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs);
}

/** The tab that shows this document as text. */
export function textTab(uri: vscode.Uri): vscode.Tab | undefined {
  return tabs().find(
    ({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString(),
  );
}

/** The tabs that show rendered Markdown. */
export function previews(): vscode.Tab[] {
  return tabs().filter(
    ({ input }) =>
      input instanceof vscode.TabInputWebview && input.viewType.endsWith("markdown.preview"),
  );
}

export const closeAll = () => execute("workbench.action.closeAllEditors");

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The error that the command rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<Error & { kind?: string }> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It did not fail.");
}

export async function timed<T>(name: string, work: () => PromiseLike<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  measured.set(name, Math.round(performance.now() - began));
  return result;
}
