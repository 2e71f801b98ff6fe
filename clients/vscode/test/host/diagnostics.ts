import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { keepNotifications, only } from "./notifications";
import { configure, execute, extension, root, sessions, useRealServer, useStandIn } from "./world";

const SAID = "the words that nobody else may read";

describe("the diagnostics for a bug report", () => {
  keepNotifications();

  const copied = async () => {
    const text = await execute<string>("hfs.copyDiagnostics");
    assert.equal(await vscode.env.clipboard.readText(), text);
    return text;
  };

  const importOne = async () => {
    const file = join(root, "said.json");
    const metadata = { schema_version: "1.0.0", session_name: SAID };
    writeFileSync(file, JSON.stringify({ metadata, messages: [{ role: "user", content: SAID }] }));
    await execute("hfs.importSession", vscode.Uri.file(file));
  };

  after(async () => {
    await useRealServer();
    await configure({ "server.env": undefined });
  });

  it("hold versions, paths, counts and settings, and what the server's doctor finds", async () => {
    const folder = join(homedir(), "stores of mine");
    mkdirSync(folder, { recursive: true });
    await useRealServer(join(folder, "sessions.db"));
    await importOne();
    const text = await copied();
    const { version } = extension().packageJSON;
    for (const words of [
      `- extension: ${version}`,
      `- VS Code: ${vscode.version} (`,
      `- system: ${process.platform} `,
      `- server: ${version}, running (process `,
      '- hfs.databasePath (workspace): "~/stores of mine/sessions.db"',
      "Python: 3.",
      "sessions: 1",
      "~/stores of mine/exports",
      `version ${version}, chosen`,
    ]) {
      assert.ok(text.includes(words), `${words} is missing in:\n${text}`);
    }
  });

  it("hold nothing of a session, and nothing that names the user", async () => {
    await configure({ "server.env": { MY_TOKEN: "never-to-be-seen" } });
    assert.equal((await sessions())[0]?.name, SAID);
    const text = await copied();
    assert.match(text, /hfs\.server\.env \(workspace\): sets MY_TOKEN\n/);
    for (const secret of [SAID, homedir(), "never-to-be-seen"]) {
      assert.ok(!text.includes(secret), `${secret} is in:\n${text}`);
    }
  });

  it("are shown before they are pasted, if that is wanted", async () => {
    const text = await copied();
    const { message, press } = await only();
    assert.match(message, /in the clipboard/);
    press("Show");
    const shown = () => vscode.window.activeTextEditor?.document;
    await new Promise<void>((resolve) => {
      const listener = vscode.window.onDidChangeActiveTextEditor(() => {
        listener.dispose();
        resolve();
      });
    });
    assert.equal(shown()?.getText(), text);
    await execute("workbench.action.revertAndCloseActiveEditor");
  });

  it("say where a server was looked for that is not there, or what it said last", async () => {
    await configure({ "server.path": join(homedir(), "bin/hfs-server"), "server.env": undefined });
    assert.match(await copied(), /~\/bin\/hfs-server: there is no such program/);
    await useStandIn("exits");
    await execute("hfs.restartServer");
    const text = await copied();
    assert.match(text, /- server: failed: serverFailed: /);
    assert.match(text, /## Last failures\n\n~~~text\n[^#]*Z serverFailed\n/);
    assert.match(
      text,
      /## Last messages of the server\n\n~~~text\n[^#]*No module named 'pygls'\n~~~/,
    );
  });
});
