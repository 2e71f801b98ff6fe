/** Where programs lie on a machine, searched by hand: an editor's PATH is not a shell's. */

import { isAbsolute, posix, win32 } from "node:path";
import { isAddress } from "./address";

/** What is asked of the machine; tests bring their own. */
export interface Machine {
  platform: NodeJS.Platform;
  home: string;
  env: NodeJS.ProcessEnv;
  isFile(path: string): boolean;
  list(folder: string): string[];
}

/** The file names that a program can have. */
function fileNames(machine: Machine, program: string): string[] {
  if (machine.platform !== "win32") {
    return [program];
  }
  const endings = (machine.env.PATHEXT ?? ".EXE;.CMD;.BAT;.COM").toLowerCase().split(";");
  return endings.some((ending) => ending && program.toLowerCase().endsWith(ending))
    ? [program]
    : endings.filter(Boolean).map((ending) => program + ending);
}

/** The folders on PATH; relative ones could be anywhere, also in a workspace, and are left out. */
export function pathFolders(machine: Machine): string[] {
  const isWindows = machine.platform === "win32";
  const path = machine.env.PATH ?? machine.env.Path ?? "";
  const folders = path.split(isWindows ? ";" : ":").map((folder) => folder.replace(/^"|"$/g, ""));
  return folders.filter(isWindows ? win32.isAbsolute : posix.isAbsolute);
}

/** Where pipx, uv, pip --user, Homebrew and pyenv put programs. */
export function userFolders(machine: Machine): string[] {
  const { join } = machine.platform === "win32" ? win32 : posix;
  const inHome = (...parts: string[]) => join(machine.home, ...parts);
  const below = (folder: string, last: string) =>
    machine
      .list(folder)
      .sort()
      .reverse()
      .map((name) => join(folder, name, last));
  const common = [inHome(".local", "bin")];
  if (machine.platform === "win32") {
    const roaming = machine.env.APPDATA ?? inHome("AppData", "Roaming");
    const local = machine.env.LOCALAPPDATA ?? inHome("AppData", "Local");
    const python = join(local, "Programs", "Python");
    return [...common, ...below(join(roaming, "Python"), "Scripts"), ...below(python, "Scripts")];
  }
  const unix = [...common, inHome("bin"), inHome(".pyenv", "shims"), "/usr/local/bin", "/usr/bin"];
  return machine.platform === "darwin"
    ? [...unix, "/opt/homebrew/bin", ...below(inHome("Library", "Python"), "bin")]
    : unix;
}

/** All folders in which programs are looked for, in this order. */
export function searchedFolders(machine: Machine): string[] {
  return [...new Set([...pathFolders(machine), ...userFolders(machine)])];
}

/** Every file that a program could be, in the order in which folders are searched. */
export function filesNamed(machine: Machine, program: string): string[] {
  return filesIn(machine, searchedFolders(machine), program);
}

/** Every file in these folders that a program could be. */
export function filesIn(machine: Machine, folders: string[], program: string): string[] {
  const { join } = machine.platform === "win32" ? win32 : posix;
  return folders
    .flatMap((folder) => fileNames(machine, program).map((name) => join(folder, name)))
    .filter((path) => machine.isFile(path));
}

/** Where an interpreter has its programs; outside of an environment, Windows has them below it. */
export function programFolders(machine: Machine, python: string): string[] {
  if (machine.platform !== "win32") {
    return [posix.dirname(python)];
  }
  const folder = win32.dirname(python);
  return [folder, win32.join(folder, "Scripts")];
}

/** A program of a virtual environment. */
export function inEnvironment(machine: Machine, environment: string, program: string): string {
  return machine.platform === "win32"
    ? win32.join(environment, "Scripts", `${program}.exe`)
    : posix.join(environment, "bin", program);
}

/**
 * A path from the settings, with `~`, `${workspaceFolder}` and `${env:NAME}` filled in.
 *
 * What has no value stays, and the server rejects the path: without it, it would name another place.
 */
export function expanded(machine: Machine, text: string, workspaceFolder?: string): string {
  return text
    .trim()
    .replace(/^~(?=$|[\\/])/, () => machine.home)
    .replace(/\$\{workspaceFolder\}/g, (name) => workspaceFolder ?? name)
    .replace(/\$\{userHome\}/g, () => machine.home)
    .replace(/\$\{env:([^}]+)\}/g, (text, name: string) => machine.env[name] ?? text);
}

/** The same as a whole path; a relative one begins at the workspace, or else at home. */
export function expandedPath(machine: Machine, text: string, workspaceFolder?: string): string {
  const { resolve } = machine.platform === "win32" ? win32 : posix;
  const path = expanded(machine, text, workspaceFolder);
  return isAbsolute(path) ? path : resolve(workspaceFolder ?? machine.home, path);
}

/** Where a store is: a whole path, or an address of a server, on which nothing is resolved. */
export function storePlace(machine: Machine, text: string, workspaceFolder?: string): string {
  const place = expanded(machine, text, workspaceFolder);
  return isAddress(place) ? place : expandedPath(machine, text, workspaceFolder);
}
