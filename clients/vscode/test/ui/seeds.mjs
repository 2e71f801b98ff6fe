// Sessions as the tools write them, on the machine of the story.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HOUR = 3_600_000;
const ago = (hours) => new Date(Date.now() - hours * HOUR).toISOString();
const idOf = (number) => `${String(number).repeat(8)}-1111-4111-8111-111111111111`;

/** What the tools on this machine have: three sessions, a subagent, and a file that is damaged. */
export function seedTools(home, workspace) {
  const claude = join(home, ".claude/projects");
  const slow = ["Find the slow query", "It is in app.py."];
  seedClaude(join(claude, "-home-ann-web"), 1, "/home/ann/web", 0.1, slow);
  seedSubagent(join(claude, "-home-ann-web"), 1, "/home/ann/web", ["Read the logs", "Nothing."]);
  const notes = ["Sort these notes by topic", "There are four topics."];
  seedClaude(join(claude, "-notes"), 2, workspace, 30, notes);
  const codex = join(home, ".codex/sessions/2026/02/01");
  seedCodex(codex, 3, "/home/ann/api", 50, ["Add a health check", "It answers on /health."]);
  const gemini = join(home, ".gemini/tmp/abc/chats");
  mkdirSync(gemini, { recursive: true });
  const facts = { sessionId: idOf(4), projectHash: "abc", startTime: ago(80) };
  const damaged = `${JSON.stringify(facts).slice(0, -1)}, "messages": [oops]}`;
  writeFileSync(join(gemini, "session-2026-02-01T10-00-444.json"), damaged);
}

function seedClaude(folder, number, cwd, hours, texts, more = {}) {
  const lines = texts.map((text, index) => {
    const role = index % 2 === 0 ? "user" : "assistant";
    const model = role === "assistant" && { model: "claude-sonnet-4-5", id: `m${index}` };
    const message = { role, content: [{ type: "text", text }], ...model };
    const parentUuid = index === 0 ? null : texts[index - 1];
    const ids = { uuid: text, parentUuid, sessionId: idOf(number) };
    const record = { type: role, ...ids, cwd, timestamp: ago(hours), isSidechain: false, message };
    return `${JSON.stringify({ ...record, ...more })}\n`;
  });
  mkdirSync(folder, { recursive: true });
  const name = more.agentId ? `agent-${more.agentId}` : idOf(number);
  writeFileSync(join(folder, `${name}.jsonl`), lines.join(""));
}

function seedSubagent(folder, number, cwd, texts) {
  const more = { isSidechain: true, agentId: "abc123" };
  seedClaude(join(folder, idOf(number), "subagents"), number, cwd, 0.1, texts, more);
}

function seedCodex(folder, number, cwd, hours, texts) {
  const timestamp = ago(hours);
  const record = (type, payload) => `${JSON.stringify({ timestamp, type, payload })}\n`;
  const said = texts.map((text, index) => {
    const [role, type] = index % 2 === 0 ? ["user", "input_text"] : ["assistant", "output_text"];
    return record("response_item", { type: "message", role, content: [{ type, text }] });
  });
  const meta = { id: idOf(number), timestamp, cwd, cli_version: "0.118.0", source: "cli" };
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `rollout-2026-02-01T10-00-00-${idOf(number)}.jsonl`),
    [record("session_meta", meta), ...said].join(""),
  );
}

/** Writes sessions as the terminal program does: some of today, and many old ones. */
export function seedStore(store) {
  const program = `
import datetime, sqlite3, sys
now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
sessions = [
    ("Retry the uploads that time out", 0, ["Uploads over 100 MB fail on slow lines. Retry them.", "Done."]),
    ("Which index does this query want?", 1, ["EXPLAIN says SCAN messages. Which index helps?", "One on session_id."]),
    ("An old chat", 3, ["Is this one new?"]),
    ("Name the new command", 2, ["It opens a session without a file. What do we call it?", "Open Session."]),
    *((f"Old chat {n}", 24 * 400 + n, ["Are you still there?"]) for n in range(240)),
    ("The needle", 24 * 900, ["Found me."]),
    ("The linked", 24 * 800, ["See [the file](src/app.py#L3) and src/app.py:2."]),
]
with sqlite3.connect(sys.argv[1], timeout=10) as store:
    for name, hours, texts in sessions:
        time = str(now - datetime.timedelta(hours=hours))
        session = store.execute(
            "INSERT INTO sessions (name, created_at, updated_at) VALUES (?, ?, ?)", (name, time, time)
        ).lastrowid
        for index, text in enumerate(texts):
            store.execute(
                "INSERT INTO messages (session_id, role, content, created_at) VALUES (?, ?, ?, ?)",
                (session, ("user", "assistant")[index % 2], text, time),
            )
`;
  execFileSync("python3", ["-c", program, store]);
}

/** A source file of the workspace, and the documents of the sessions that spoke of it. */
export function seedProject(workspace) {
  const file = join(workspace, "src/login.py");
  const lines = [
    "from network import attempt, retry",
    "",
    "",
    "def login(name: str) -> Session:",
    "    return retry(attempt, name, times=3, jitter=0.2)",
  ];
  mkdirSync(join(workspace, "src"), { recursive: true });
  writeFileSync(file, `${lines.join("\n")}\n`);
  const write = ["Write", { file_path: file, content: lines.slice(0, 4).join("\n") }];
  const edit = [
    "Edit",
    { file_path: file, old_string: "return attempt(name)", new_string: lines[4] },
  ];
  const talk = Array.from({ length: 40 }, (_, n) => [
    n % 2 === 0 ? "user" : "assistant",
    n === 33
      ? "I have added the jitter of the backoff, so that clients do not try again all at once."
      : `Step ${n + 1}: ${n % 2 === 0 ? "what about the tests?" : "they pass, and so does the linter."}`,
  ]);
  return [
    foreign("claude-code", "Write the login form", workspace, 60, [
      ["user", "Write a form for the login, without a library."],
      ["assistant", "Here it is.", write],
    ]),
    foreign("claude-code", "Make the login retry", workspace, 2, [
      ["user", "The login fails on slow lines. Make it retry three times before it gives up."],
      ["assistant", "I retry the login three times now.", edit],
      ...talk,
    ]),
    foreign("codex", "Add a health check", "/home/ann/api", 26, [
      ["user", "Add a health check that answers before the login service is up."],
      ["assistant", "It answers on /health, and a proxy may retry it while the login starts."],
    ]),
    foreign("cursor", "Rename fixLoginBug", "/home/ann/web", 50, [
      ["user", "Rename fixLoginBug to retryLogin everywhere."],
      ["assistant", "Done in seven files."],
    ]),
  ];
}

function foreign(tool, name, directory, hours, said) {
  const messages = said.map(([role, content, call], n) => ({
    role,
    content,
    created_at: ago(hours - n / 60),
    ...(role === "assistant" && { model: tool === "codex" ? "gpt-5.2-codex" : "claude-opus-4-7" }),
    ...(call && { tool_calls: [{ id: `c${n}`, name: call[0], input: call[1] }] }),
  }));
  const origin = { source: { tool, session_id: name }, working_directory: directory };
  const metadata = { schema_version: "1.1.0", session_name: name, ...origin };
  return { metadata, messages, checkpoints: [], run_snapshot: null };
}

/** Imports documents into a store, without an editor. */
export function importSessions(server, store, folder, documents) {
  const files = documents.map((document, n) => {
    const file = join(folder, `seed-${n}.json`);
    writeFileSync(file, JSON.stringify(document));
    return file;
  });
  execFileSync(server, ["import", "--database", store, ...files], { stdio: "ignore" });
}
