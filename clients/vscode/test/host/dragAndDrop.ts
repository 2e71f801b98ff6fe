import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Documents } from "../../src/sessions/documents";
import { DragAndDrop } from "../../src/sessions/dragAndDrop";
import { SessionRow } from "../../src/sessions/rows";
import { forget, keepNotifications, only } from "./notifications";
import {
  closeAll,
  example,
  execute,
  root,
  sessions,
  sleep,
  tabs,
  until,
  useRealServer,
} from "./world";

describe("dragging and dropping", () => {
  let dragging: DragAndDrop;

  keepNotifications();

  before(() => {
    const uriFor = ({ id, name }: { id: number; name?: string }) =>
      vscode.Uri.from({ scheme: "hfs", path: `/sessions/${id}/${name}.md` });
    dragging = new DragAndDrop({ uriFor } as Pick<Documents, "uriFor">);
  });

  beforeEach(async () => {
    await useRealServer();
    forget();
  });

  after(async () => {
    dragging.dispose();
    await closeAll();
  });

  const dataOf = (items: Record<string, unknown>) => {
    const data = new vscode.DataTransfer();
    for (const [mime, value] of Object.entries(items)) {
      data.set(mime, new vscode.DataTransferItem(value));
    }
    return data;
  };

  /** A file as VS Code gives it; one from a browser has no URI. */
  const fileItem = (name: string, text: string, uri?: vscode.Uri) => {
    class FileItem extends vscode.DataTransferItem {
      override asFile(): vscode.DataTransferFile {
        return { name, ...(uri && { uri }), data: async () => Buffer.from(text) };
      }
    }
    return new FileItem("");
  };

  const drop = (data: vscode.DataTransfer) => dragging.handleDrop(undefined, data);
  const names = async () => (await sessions()).map(({ name }) => name).toSorted();

  it("imports the files and folders that are dropped, with one message", async () => {
    const uris = [example("fix-the-login-bug.json"), example("an-old-chat.json")];
    await drop(dataOf({ "text/uri-list": uris.join("\r\n") }));
    assert.equal((await sessions()).length, 2);
    assert.equal((await only()).how, "showInformationMessage");
    await useRealServer();
    forget();
    const folder = vscode.Uri.joinPath(example("x"), "..");
    await drop(dataOf({ "text/uri-list": `# a folder\n${folder}\n\nno address` }));
    assert.ok((await sessions()).length >= 2);
  });

  it("imports a file of the desktop, once", async () => {
    const uri = example("an-old-chat.json");
    const data = dataOf({ "text/uri-list": uri.toString() });
    data.set("files", fileItem("an-old-chat.json", "", uri));
    await drop(data);
    assert.equal((await sessions()).length, 1);
    assert.equal((await only()).how, "showInformationMessage");
  });

  it("imports a file that a browser gives, whatever its name", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("hfs-drop-"));
    for (const [n, name] of ["chat.json", "../../up.json", "..\\up.json", "..", ""].entries()) {
      const metadata = { schema_version: "1.0.0", session_name: `Dropped ${n}` };
      const messages = [{ role: "user", content: name, created_at: `2026-02-0${n + 1}T10:00:00Z` }];
      const data = new vscode.DataTransfer();
      data.set("files", fileItem(name, JSON.stringify({ metadata, messages, checkpoints: [] })));
      forget();
      await drop(data);
      assert.equal((await only()).how, "showInformationMessage", name);
    }
    assert.deepEqual(
      await names(),
      [0, 1, 2, 3, 4].map((n) => `Dropped ${n}`),
    );
    const made = readdirSync(tmpdir()).filter(
      (name) => name.startsWith("hfs-drop-") && !before.includes(name),
    );
    assert.equal(made.length, 5);
    dragging.dispose();
    await until(() => !made.some((name) => existsSync(join(tmpdir(), name))));
  });

  it("says what cannot be imported", async () => {
    const file = join(root, "dropped.json");
    writeFileSync(file, "{");
    await drop(dataOf({ "text/uri-list": vscode.Uri.file(file).toString() }));
    assert.equal((await only()).how, "showErrorMessage");
  });

  it("leaves the view's own sessions, and nothing at all, where they are", async () => {
    await drop(dataOf({ "text/uri-list": "hfs:/sessions/1/Mine.md" }));
    await drop(dataOf({ "text/plain": "words" }));
    await drop(new vscode.DataTransfer());
    await sleep(200);
    assert.deepEqual(await names(), []);
  });

  it("gives the sessions that are dragged as documents, which an editor opens", async () => {
    await execute("hfs.importSession", example("an-old-chat.json"));
    const all = await sessions();
    const rows = all.map((session) => new SessionRow(session, ""));
    const data = new vscode.DataTransfer();
    dragging.handleDrag([...rows, new vscode.TreeItem("Older")], data);
    const list = (await data.get("text/uri-list")?.asString()) ?? "";
    assert.match(list, /^hfs:\/sessions\/1\/.*\.md$/);
    await vscode.window.showTextDocument(vscode.Uri.parse(list));
    assert.equal(tabs().length, 1);
    const nothing = new vscode.DataTransfer();
    dragging.handleDrag([new vscode.TreeItem("Older")], nothing);
    assert.equal(nothing.get("text/uri-list"), undefined);
  });
});
