/** Starting programs: how they are spawned on every system, and one run to its end. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

export interface Command {
  path: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

export interface Outcome {
  /** Both streams, in the order in which they came. */
  output: string;
  /** Why it did not succeed; none if it did. */
  problem?: string;
}

/** Starts a program; scripts of Windows need its shell. */
export function launch(command: Command): ChildProcessWithoutNullStreams {
  const needsShell = /\.(cmd|bat)$/i.test(command.path);
  const path = needsShell ? `"${command.path}"` : command.path;
  const args = needsShell ? command.args.map((arg) => `"${arg}"`) : command.args;
  return spawn(path, args, {
    env: command.env,
    cwd: command.cwd,
    shell: needsShell,
    windowsHide: true,
    stdio: "pipe",
  });
}

/** Runs a program to its end, which comes by itself, by the time-out, or by the signal. */
export function run(
  command: Command,
  options: { timeout?: number; signal?: AbortSignal; onOutput?: (text: string) => void } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = "";
    let problem: string | undefined;
    const child = launch(command);
    const stop = (reason: string) => {
      problem ??= reason;
      child.kill("SIGKILL");
      finish();
    };
    const seconds = (options.timeout ?? 0) / 1000;
    const timer = options.timeout
      ? setTimeout(() => stop(`no answer within ${seconds} seconds`), options.timeout)
      : undefined;
    const onAbort = () => stop("cancelled");
    const finish = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      resolve(problem === undefined ? { output } : { output, problem });
    };
    options.signal?.addEventListener("abort", onAbort);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-20_000);
        options.onOutput?.(text);
      });
    }
    child.stdin.on("error", () => {}).end();
    child.on("error", (error: NodeJS.ErrnoException) => {
      problem ??= reasonOf(error);
      finish();
    });
    child.on("close", (code, signal) => {
      if (code !== 0) {
        problem ??= lastLine(output) ?? endingOf(code, signal);
      }
      finish();
    });
  });
}

/** The last line with words in it, as the best short account of what went wrong. */
export function lastLine(output: string): string | undefined {
  return output
    .split(/\r?\n/)
    .map((line) => line.trim())
    .findLast((line) => line !== "")
    ?.slice(0, 300);
}

export function endingOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`;
}

/** Why a program could not be started. */
export function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ENOENT":
      return "there is no such program";
    case "EACCES":
      return "it may not be run";
    default:
      return error.message;
  }
}
