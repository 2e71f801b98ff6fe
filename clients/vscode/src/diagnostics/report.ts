/**
 * What a bug report needs to know, in English, as those who read it.
 *
 * The rule not to break: nothing of a session is in it, nor who the user is.
 */

import { realpathSync } from "node:fs";
import { release, userInfo } from "node:os";
import * as vscode from "vscode";
import { failureFrom } from "../errors";
import { limits } from "../limits";
import type { KnownFailure } from "../messages";
import { isAddress } from "../server/address";
import type { Launch, Server } from "../server/client";
import { machine } from "../server/finder";
import { run } from "../server/launch";
import { anonymous } from "./anonymous";
import { settingLines } from "./settings";

export interface Subject {
  extension: vscode.Extension<unknown>;
  server: Server;
  failures: readonly KnownFailure[];
  /** Looks for the server, and says where it looked. */
  prepare: (report: (line: string) => void) => Promise<Launch>;
}

/** The report as Markdown, made with the command `doctor` of the server. */
export async function reportOf(subject: Subject, signal: AbortSignal): Promise<string> {
  const { extension, server, failures } = subject;
  const searched: string[] = [];
  const doctor = await doctorOf(subject.prepare, searched, signal);
  const properties = extension.packageJSON.contributes.configuration.properties;
  const kinds = failures.map(({ time, kind }) => `${time.toISOString()} ${kind}`);
  const sections = [
    ["# HFS diagnostics", ...factsOf(extension), `- server: ${stateOf(server)}`],
    ["## Settings", ...settingLines(properties)],
    ["## hfs-server doctor", ...block(doctor)],
    ["## Search for the server", ...block(searched.join("\n"))],
    ["## Last failures", ...block(kinds.join("\n"))],
    ["## Last messages of the server", ...block(server.lastWords.join("\n"))],
  ];
  const text = sections.map(([title, ...lines]) => [title, "", ...orNone(lines)].join("\n"));
  return anonymous(`${text.join("\n\n")}\n`, person());
}

function factsOf({ packageJSON }: vscode.Extension<unknown>): string[] {
  const { env, version, workspace } = vscode;
  const surface = env.uiKind === vscode.UIKind.Web ? "web" : "desktop";
  const folders = workspace.workspaceFolders ?? [];
  const schemes = [...new Set(folders.map(({ uri }) => uri.scheme))].join(", ") || "none";
  return [
    `- extension: ${packageJSON.version}`,
    `- VS Code: ${version} (${env.appName}, ${surface}, ${env.language})`,
    `- remote: ${remoteOf(env.remoteName)}`,
    `- system: ${process.platform} ${release()} ${process.arch}, Node ${process.versions.node}`,
    `- workspace: ${workspace.isTrusted ? "trusted" : "restricted"}, folders: ${folders.length} (${schemes})`,
  ];
}

/** The kind of the remote window; some give the name of the machine instead. */
function remoteOf(name: string | undefined): string {
  return name === undefined ? "none" : (/^[a-z][a-z-]*$/.exec(name)?.[0] ?? "of another kind");
}

function stateOf({ found, failure, pid }: Server): string {
  if (found) {
    return `${found.version}, running (process ${pid}), from ${found.source}: ${found.path}`;
  }
  return failure ? `failed: ${failure.kind}: ${failure.message}` : "not started";
}

/** What the server says of this machine, or why it says nothing. */
async function doctorOf(
  prepare: Subject["prepare"],
  searched: string[],
  signal: AbortSignal,
): Promise<string> {
  try {
    const launch = await prepare((line) => searched.push(line));
    const { databasePath, exportDirectory, keep } = launch.initializationOptions;
    const place = typeof databasePath === "string" ? databasePath : "";
    const database = place === "" || isAddress(place) ? [] : ["--database", place];
    const env = {
      ...launch.env,
      // The list of processes shows arguments, and an address may hold a password.
      ...(isAddress(place) && { HFS_DATABASE: place }),
      ...(typeof exportDirectory === "string" && { HFS_EXPORT_DIR: exportDirectory }),
      ...(Array.isArray(keep) && { HFS_KEEP: keep.join(",") }),
    };
    const args = [...launch.args, "doctor", ...database];
    const command = { path: launch.server.path, args, env, cwd: launch.cwd };
    const { output, problem } = await run(command, { timeout: limits.answer, signal });
    return output.trim() || problem || "";
  } catch (error) {
    return failureFrom(error).message;
  }
}

function block(text: string): string[] {
  return text === "" ? [] : ["~~~text", text, "~~~"];
}

function orNone(lines: string[]): string[] {
  return lines.length > 0 ? lines : ["none"];
}

function person() {
  const { home } = machine;
  try {
    return { homes: [home, realpathSync(home)], user: userInfo().username };
  } catch {
    // A user of a container may have no name, and no home.
    return { homes: [home], user: "" };
  }
}
