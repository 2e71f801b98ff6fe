import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import { LinkCommand } from "../../src/links/command";
import { Messages } from "../../src/messages";
import { Server } from "../../src/server/client";
import { makeClaudeFolder } from "./claudeCode";
import { count, forget, keepNotifications, only } from "./notifications";
import {
  closeAll,
  execute,
  extension,
  failureOf,
  server as program,
  root,
  sessions,
  sleep,
  sql,
  tabs,
  until,
  useRealServer,
  useStandIn,
} from "./world";

const IDENTITY = "claude-code:11111111-1111-4111-8111-111111111111";

describe("links to sessions", () => {
  let id: number;
  let store: string;
  let server: Server;
  let log: vscode.LogOutputChannel;
  let handler: LinkCommand;

  keepNotifications();

  before(async () => {
    store = await useRealServer();
    // An id that no other test's documents have, which VS Code keeps for a while.
    await execute("hfs.listSessions", {});
    sql(
      store,
      "INSERT INTO sessions (id, name, created_at) VALUES (7700, 'x', '2026-01-01 00:00:00')",
    );
    const folder = join(root, "linked-claude");
    makeClaudeFolder(folder);
    await execute("hfs.importSession", folder);
    sql(store, "DELETE FROM sessions WHERE id = 7700");
    id = (await sessions())[0]?.id ?? 0;
    log = vscode.window.createOutputChannel("Links", { log: true });
    const found = { path: program, version: "0.1.0", source: "workspace" } as const;
    const initializationOptions = { databasePath: store };
    const launch = { args: [], env: process.env, cwd: root, initializationOptions };
    server = new Server(async () => ({ server: found, ...launch }), log);
    // No test can press the link of a browser: what VS Code then calls is called here.
    handler = new LinkCommand(server, new Messages(log, {}), extension().id, (chosen) =>
      execute("hfs.openSession", {
        sessionId: chosen.session.id,
        name: chosen.session.name,
        ...chosen.opening.place,
      }),
    );
  });

  beforeEach(forget);
  afterEach(closeAll);
  after(async () => {
    await server.dispose();
    log.dispose();
  });

  const link = (path: string, fragment = "") =>
    vscode.Uri.from({ scheme: vscode.env.uriScheme, authority: extension().id, path, fragment });

  const follow = (uri: vscode.Uri) => handler.handleUri(uri);

  const shown = () => vscode.window.activeTextEditor;

  it("have a handler, of which an extension can have one", () => {
    assert.throws(() => vscode.window.registerUriHandler(handler), /already registered/);
  });

  it("are copied, and lead to the session", async () => {
    const text = await execute<string>("hfs.copyLinkRow", { session: { id } });
    assert.equal(text, link(`/session/${IDENTITY}`).toString());
    assert.equal(await vscode.env.clipboard.readText(), text);
    await follow(vscode.Uri.parse(text, true));
    await until(() => tabs().length === 1);
    assert.equal(tabs()[0]?.label, "Find the slow query.md");
    assert.equal(count(), 0);
  });

  it("lead to the message that they name", async () => {
    const text = await execute<string>("hfs.copyLink", { sessionId: id, message: 2 });
    assert.equal(text, link(`/session/${IDENTITY}`, "message-2").toString());
    await follow(vscode.Uri.parse(text, true));
    await until(() => shown()?.document.lineAt(shown()?.selection.start.line ?? 0).text !== "");
    const editor = shown() as vscode.TextEditor;
    await until(() => /^### 2\. /.test(editor.document.lineAt(editor.selection.start.line).text));
    assert.equal(await execute<string>("hfs.copyLinkMessage"), text);
    const whole = link(`/session/${IDENTITY}`).toString();
    assert.equal(await execute<string>("hfs.copyLinkTab", editor.document.uri), whole);
  });

  it("to what the store does not have say so", async () => {
    await follow(link("/session/claude-code:22222222-2222-4222-8222-222222222222"));
    assert.match((await only()).message, /^The store has no session with this identity\./);
    assert.equal(tabs().length, 0);
  });

  it("of any other kind are refused, and do nothing", async () => {
    const paths = ["/", "/session", "/session/", "/import/etc", `/session/${"x".repeat(2000)}`];
    for (const path of paths) {
      forget();
      await follow(link(path));
      assert.equal((await only()).message, "This link does not lead to a session.", path);
    }
    const before = (await sessions()).length;
    for (const identity of ["../../etc/passwd", "1", "%2e%2e", "'; DROP TABLE sessions", "\n"]) {
      forget();
      await follow(link(`/session/${identity}`, "message-1e9<script>"));
      assert.match((await only()).message, /no session with this identity/, identity);
    }
    assert.equal((await sessions()).length, before);
    assert.equal(tabs().length, 0);
  });

  it("to a message that there is not lead to the last one", async () => {
    for (const fragment of ["message-999999", "message-0", "message--1", "x"]) {
      await follow(link(`/session/${IDENTITY}`, fragment));
      await until(() => shown()?.document.uri.scheme === "hfs");
      await sleep(100);
      await closeAll();
    }
    assert.equal(count(), 0);
  });

  it("are there for callers, who get failures as errors", async () => {
    const failure = await failureOf(execute("hfs.copyLink", { sessionId: 999 }));
    assert.match(failure.message, /no session 999/);
  });

  it("need a server that finds sessions, and say so once", async () => {
    await useStandIn("closed");
    await execute("hfs.copyLinkRow", { session: { id } });
    assert.match((await only()).message, /cannot find a session by itself/);
    await useRealServer(store);
  });
});
