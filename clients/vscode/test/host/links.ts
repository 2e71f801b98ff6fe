import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ExportResult } from "../../src/server/protocol";
import type { ImportSummary } from "../../src/sessions/importing";
import { closeAll, execute, root, until, useRealServer } from "./world";

const workspace = join(root, "notes");
const TEXT = [
  "See [the file](src/app.py#L3), src/app.py:2 and `src/app.py#L1-L2`.",
  `Or ${join(workspace, "src/app.py")}:4, and src/gone.py:1, [gone](src/gone.py).`,
  "Not ../outside.py:1, [x](../outside.py), src/leak.py:1 or https://example.org/src/app.py.",
].join("\n\n");

describe("links of a session", () => {
  let id: number;

  before(async () => {
    mkdirSync(join(workspace, "src"), { recursive: true });
    writeFileSync(join(workspace, "src/app.py"), "one\ntwo\nthree\nfour\n");
    writeFileSync(join(root, "outside.py"), "secret\n");
    symlinkSync(join(root, "outside.py"), join(workspace, "src/leak.py"));
    await useRealServer();
    const file = join(workspace, "linked.json");
    writeFileSync(file, JSON.stringify({ messages: [{ role: "user", content: TEXT }] }));
    const summary = await execute<ImportSummary>("hfs.importSession", file);
    id = summary.sessions[0]?.id ?? 0;
  });

  afterEach(closeAll);

  const fileLinks = async (uri: vscode.Uri) => {
    const links = await execute<vscode.DocumentLink[]>("vscode.executeLinkProvider", uri, 100);
    return links.map(({ target }) => target).filter((target) => target?.scheme === "file");
  };

  const EXPECTED = ["L3", "L2", "L1-L2", "L4"];

  const judge = (targets: (vscode.Uri | undefined)[]) => {
    const ours = targets.filter((target) => target?.path.endsWith("app.py"));
    assert.deepEqual(
      ours.map((target) => target?.fragment),
      EXPECTED,
    );
    assert.ok(ours.every((target) => target?.fsPath === join(workspace, "src/app.py")));
    // VS Code itself takes a link from where the file lies.
    const isStray = (target?: vscode.Uri) => /outside|leak/.test(target?.path ?? "");
    assert.ok(!targets.some((target) => isStray(target) && target?.fragment === "L1"));
  };

  it("in its tab lead to the lines of workspace files", async () => {
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: id });
    // VS Code may still have the document of this name that another store had.
    await until(
      () => vscode.window.activeTextEditor?.document.getText().includes("See [") ?? false,
    );
    judge(await fileLinks(uri));
  });

  for (const [place, folder] of [
    ["outside the workspace", () => join(root, "elsewhere")],
    ["in a folder of the workspace", () => join(workspace, "kept")],
  ] as const) {
    it(`in an export ${place} lead there too`, async () => {
      mkdirSync(folder(), { recursive: true });
      const result = await execute<ExportResult>("hfs.exportMarkdown", {
        sessionId: id,
        destination: folder(),
      });
      judge(await fileLinks(vscode.Uri.parse(result.uri)));
    });
  }

  it("are not made in other Markdown files", async () => {
    const uri = vscode.Uri.file(join(workspace, "other.md"));
    writeFileSync(uri.fsPath, "# Title\n\nsrc/app.py:2\n");
    await vscode.window.showTextDocument(uri);
    assert.deepEqual(await fileLinks(uri), []);
  });

  it("become paths from the workspace in the rendered preview", async () => {
    const uri = await execute<vscode.Uri>("hfs.openSession", { sessionId: id });
    const source = await vscode.workspace.openTextDocument(uri);
    const html = await execute<string>("markdown.api.render", source);
    assert.equal(html, await execute<string>("markdown.api.render", source));
    for (const [text, href] of [
      ["the file", "/src/app.py#L3"],
      ["src/app.py:2", "/src/app.py#L2"],
      ["src/app.py#L1-L2", "/src/app.py#L1"],
    ]) {
      assert.match(html, new RegExp(`<a href="${href}"[^>]*>(<code>)?${text}(</code>)?</a>`));
    }
    assert.ok(!/href="[^"]*(outside|leak|gone)/.test(html));
    assert.match(html, /<span title="src\/gone\.py is not in this workspace\.">gone<\/span>/);
  });
});
