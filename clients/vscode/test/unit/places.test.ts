import assert from "node:assert/strict";
import { test } from "node:test";
import {
  expanded,
  expandedPath,
  filesIn,
  filesNamed,
  inEnvironment,
  type Machine,
  programFolders,
} from "../../src/server/places";

function machine(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, files: string[]): Machine {
  const isWindows = platform === "win32";
  const separator = isWindows ? "\\" : "/";
  return {
    platform,
    home: isWindows ? "C:\\Users\\ann" : "/home/ann",
    env,
    isFile: (path) => files.includes(path),
    list: (folder) => {
      const inside = files.filter((file) => file.startsWith(folder + separator));
      const names = inside.map((file) => file.slice(folder.length + 1).split(separator)[0] ?? "");
      return [...new Set(names)];
    },
  };
}

const besidePython = (machine: Machine, python: string, program: string) =>
  filesIn(machine, programFolders(machine, python), program);

/** As Windows sets it. */
const PATHEXT = ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC";

test("PATH comes before the folders of the user", () => {
  const files = ["/home/ann/.local/bin/hfs-server", "/opt/bin/hfs-server"];
  const linux = machine("linux", { PATH: "/usr/bin:/opt/bin" }, files);
  assert.deepEqual(filesNamed(linux, "hfs-server"), files.toReversed());
});

test("relative folders on PATH are left out, for a workspace could hold the program", () => {
  const linux = machine("linux", { PATH: ".:bin::/usr/bin" }, ["bin/hfs-server", "./hfs-server"]);
  assert.deepEqual(filesNamed(linux, "hfs-server"), []);
});

test("a program outside the PATH of the Dock is found on a Mac", () => {
  const files = ["/opt/homebrew/bin/hfs-server", "/home/ann/Library/Python/3.13/bin/hfs-server"];
  const mac = machine("darwin", { PATH: "/usr/bin:/bin" }, files);
  assert.deepEqual(filesNamed(mac, "hfs-server"), files);
});

test("Windows has its endings and its folders", () => {
  const files = [
    "D:\\Tools\\hfs-server.cmd",
    "C:\\Users\\ann\\AppData\\Local\\Programs\\Python\\Python313\\Scripts\\hfs-server.exe",
  ];
  const windows = machine("win32", { Path: 'D:\\Tools;"E:\\More"', PATHEXT }, files);
  assert.deepEqual(filesNamed(windows, "hfs-server"), files);
  assert.equal(inEnvironment(windows, "C:\\env", "hfs-server"), "C:\\env\\Scripts\\hfs-server.exe");
});

test("a program of the active Python is found in an environment of Windows, and outside of one", () => {
  for (const [python, program] of [
    ["C:\\w\\.venv\\Scripts\\python.exe", "C:\\w\\.venv\\Scripts\\hfs-server.exe"],
    ["C:\\Python313\\python.exe", "C:\\Python313\\Scripts\\hfs-server.exe"],
    ["C:\\conda\\python.exe", "C:\\conda\\Scripts\\hfs-server.cmd"],
  ] as const) {
    const windows = machine("win32", { PATHEXT }, [python, program, "C:\\hfs-server.exe"]);
    assert.deepEqual(besidePython(windows, python, "hfs-server"), [program]);
  }
  const unset = machine("win32", {}, ["C:\\p\\hfs-server.exe"]);
  assert.deepEqual(besidePython(unset, "C:\\p\\python.exe", "hfs-server"), [
    "C:\\p\\hfs-server.exe",
  ]);
});

test("a program of the active Python is beside it elsewhere", () => {
  const files = ["/w/.venv/bin/hfs-server", "/w/.venv/bin/Scripts/hfs-server"];
  const linux = machine("linux", { PATHEXT }, files);
  assert.deepEqual(besidePython(linux, "/w/.venv/bin/python", "hfs-server"), files.slice(0, 1));
  assert.deepEqual(besidePython(linux, "/usr/bin/python3", "hfs-server"), []);
});

test("settings may use the home folder, the workspace and the environment", () => {
  const linux = machine("linux", { TOOLS: "/opt/$&" }, []);
  assert.equal(expanded(linux, "~/bin/x"), "/home/ann/bin/x");
  assert.equal(expanded(linux, "${workspaceFolder}/x", "/w"), "/w/x");
  assert.equal(expanded(linux, "${env:TOOLS}/x"), "/opt/$&/x");
  assert.equal(expanded(linux, "a~/x"), "a~/x");
});

test("a variable without a value stays, so that the path names no other place", () => {
  const linux = machine("linux", {}, []);
  assert.equal(expandedPath(linux, "${workspaceFolder}/x"), "/home/ann/${workspaceFolder}/x");
  assert.equal(expanded(linux, "/x/${env:NOT_SET}/y"), "/x/${env:NOT_SET}/y");
});

test("a relative path begins at the workspace, or at home", () => {
  const linux = machine("linux", {}, []);
  assert.equal(expandedPath(linux, "x/y", "/w"), "/w/x/y");
  assert.equal(expandedPath(linux, "./x"), "/home/ann/x");
});
