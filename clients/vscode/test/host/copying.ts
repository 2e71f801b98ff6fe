import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { SessionRow } from "../../src/sessions/rows";
import { count, keepNotifications, only } from "./notifications";
import {
  closeAll,
  execute,
  failureOf,
  root,
  sessions,
  sql,
  useRealServer,
  useStandIn,
} from "./world";

const CODE = 'Use `x` <b>so</b>:\n\n```py\nif a < b:\n    print("*_*")\n```\n\n### 7. no message';
const MESSAGES = [
  { role: "user", content: "Why does it fail?" },
  {
    role: "assistant",
    content: "I look.",
    tool_calls: [{ id: "a", name: "Read", input: { file_path: "/w/a.py" } }],
  },
  { role: "tool", content: "line one\nline two", tool_call_id: "a", tool_name: "Read" },
  { role: "assistant", content: CODE },
];

describe("copying", () => {
  let id: number;
  let store: string;

  keepNotifications();

  before(async () => {
    store = await useRealServer();
    const metadata = { schema_version: "1.1.0", session_name: "Copy me $(x)" };
    const file = join(root, "copied.json");
    const checkpoints = [{ trigger: "run.ended", message_index: 2, state: {} }];
    writeFileSync(file, JSON.stringify({ metadata, messages: MESSAGES, checkpoints }));
    await execute("hfs.importSession", vscode.Uri.file(file));
    id = (await sessions())[0]?.id ?? 0;
  });

  afterEach(closeAll);

  const clipboard = () => vscode.env.clipboard.readText();
  const undated = (text: string) => text.replace(/\*\*Exported:\*\* .*/, "");

  /** Opens the session, and places the cursor where the text is. */
  const openAt = async (text: string): Promise<vscode.Uri> => {
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: id });
    const editor = vscode.window.activeTextEditor as vscode.TextEditor;
    const at = editor.document.getText().indexOf(text);
    assert.ok(at >= 0, text);
    const position = editor.document.positionAt(at);
    editor.selection = new vscode.Selection(position, position);
    return uri;
  };

  it("a session gives its Markdown: by its id, from its row and from its tab", async () => {
    const copied = await execute<string>("hfs.copySession", { sessionId: id });
    assert.match(copied, /^# Copy me/);
    assert.equal(await clipboard(), copied);
    const uri = await openAt("# Copy me");
    const shown = vscode.window.activeTextEditor?.document.getText() ?? "";
    assert.equal(undated(copied), undated(shown));
    const [session] = await sessions();
    assert.ok(session);
    for (const work of [
      execute<string>("hfs.copyRow", new SessionRow(session, "")),
      execute<string>("hfs.copyTab", uri),
      execute<string>("hfs.copyTab"),
    ]) {
      assert.equal(undated(await work), undated(copied));
    }
  });

  it("a message is what was said, letter by letter, of the one at the cursor", async () => {
    for (const [text, message] of [
      ["Why does", 1],
      ["### 2. Assistant", 2],
      ["line two", 3],
      ['print("', 4],
    ] as const) {
      await openAt(text);
      const content = MESSAGES[message - 1]?.content;
      assert.equal(await execute("hfs.copyMessage"), content);
      assert.equal(await clipboard(), content);
    }
  });

  it("outside of a message, a person is told what to do, once", async () => {
    await openAt("## Checkpoints");
    assert.equal(await execute("hfs.copyMessage"), undefined);
    const { message, buttons } = await only();
    assert.match(message, /place the cursor in the message/);
    assert.deepEqual(buttons, []);
  });

  it("a caller gets a failure as an error", async () => {
    const noSession = await failureOf(execute("hfs.copySession", { sessionId: 99_999 }));
    assert.equal(noSession.kind, "sessionNotFound");
    const noMessage = await failureOf(execute("hfs.copyMessage", { sessionId: id, message: 5 }));
    assert.equal(noMessage.kind, "noMessage");
  });

  it("whoever cancels has nothing copied, and no message", async () => {
    await vscode.env.clipboard.writeText("before");
    await useStandIn("silent");
    const { withProgress } = vscode.window;
    const set = (value: unknown) =>
      Object.defineProperty(vscode.window, "withProgress", { value, configurable: true });
    const titles: string[] = [];
    type Work = (progress: unknown, token: vscode.CancellationToken) => Thenable<unknown>;
    set((options: vscode.ProgressOptions, work: Work) => {
      if (!options.cancellable) {
        return withProgress.call(vscode.window, options, work);
      }
      titles.push(options.title ?? "");
      const source = new vscode.CancellationTokenSource();
      const done = work({ report: () => {} }, source.token);
      source.cancel();
      return done;
    });
    const row = { session: { id, name: "Copy me" } };
    assert.equal(await execute("hfs.copyRow", row), undefined);
    set(withProgress);
    assert.deepEqual(titles, ["Copying “Copy me”"]);
    assert.equal(await clipboard(), "before");
    assert.equal(count(), 0);
    await useRealServer(store);
  });

  it("a session that is too large for it can be exported", async function () {
    this.timeout(120_000);
    sql(
      store,
      `INSERT INTO sessions (id, name, created_at) VALUES (77, 'Huge', '2020-01-01 00:00:00');
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 52)
       INSERT INTO messages (session_id, role, content, created_at)
       SELECT 77, 'user', printf('%.1000000c', 'x'), '2020-01-01 00:00:00' FROM n`,
    );
    const huge = (await sessions()).find((one) => one.id === 77);
    assert.ok(huge);
    await execute("hfs.copyRow", new SessionRow(huge, ""));
    assert.deepEqual((await only()).buttons, ["Export as Markdown"]);
  });
});
