/** The extension in the languages that it speaks, as VS Code shows it. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/build.mjs";
import { Editor } from "./editor.mjs";
import { seedTools } from "./seeds.mjs";

const step = (text) => console.log(`- ${text}`);
const read = (name) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));

export async function languages({ world, server, start, browser, results }) {
  const workspace = join(world.root, "spoken");
  mkdirSync(workspace);
  mkdirSync(join(world.root, "spoken-store"));
  writeFileSync(join(workspace, "notes.txt"), "");
  seedTools(world.home, workspace);
  const vscode = await start({
    "security.workspace.trust.enabled": false,
    "hfs.server.path": server,
    "hfs.databasePath": join(world.root, "spoken-store/sessions.db"),
  });
  try {
    for (const language of ["de", "zh-cn"]) {
      step(`in ${language} views, commands and lists are translated`);
      const size = { width: 1200, height: 760 };
      const where = [browser, vscode.address, workspace, results, size, language];
      await Editor.use(where, (editor) => spoken(editor, language));
    }
  } finally {
    await vscode.stop();
  }
}

async function spoken(editor, language) {
  const manifest = read(`package.nls.${language}.json`);
  const bundle = read(`l10n/bundle.l10n.${language}.json`);
  const [sentence] = manifest["welcome.found"].split("\n");
  await editor.page.locator(".pane-header", { hasText: manifest.sessionsView }).click();
  await editor.page.getByText(sentence).waitFor();
  await editor.run(`HFS: ${manifest.importSession}`);
  await editor.row("Claude Code").waitFor();
  await editor.row(bundle["From Files…"]).waitFor();
  await editor.row(bundle["1 file"]).waitFor();
  await editor.screenshot(`language-${language}`);
  await editor.page.keyboard.press("Escape");
}
