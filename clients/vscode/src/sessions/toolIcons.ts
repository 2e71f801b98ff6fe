/** The icons of tools: a letter or two on a colour of the tool's own. */

import * as vscode from "vscode";
import { toolName } from "./labels";

const BADGES: Readonly<Record<string, readonly [letters: string, colour: string]>> = {
  hfs: ["H", "#3b6ea5"],
  "claude-code": ["CC", "#c15f3c"],
  "claude-ai": ["Cl", "#c15f3c"],
  codex: ["Cx", "#10805f"],
  chatgpt: ["GP", "#10805f"],
  "copilot-chat": ["Co", "#7a4fc0"],
  "copilot-cli": ["Co", "#4f46b5"],
  cursor: ["Cu", "#55606e"],
  "gemini-cli": ["G", "#2f6fdb"],
  opencode: ["oc", "#8a6d1f"],
  cline: ["Cn", "#8b3fa0"],
  "roo-code": ["R", "#a5386b"],
  aider: ["A", "#3f8a2f"],
  llm: ["ll", "#8a5a2b"],
};
const GREY = "#6b7280";

const icons = new Map<string, vscode.Uri>();

/** The icon of a tool, and of one that is not known here its first letter on grey. */
export function toolIcon(tool: string): vscode.Uri {
  const icon = icons.get(tool) ?? badge(tool);
  icons.set(tool, icon);
  return icon;
}

function badge(tool: string): vscode.Uri {
  const known = Object.hasOwn(BADGES, tool) ? BADGES[tool] : undefined;
  const letter = /[a-z0-9]/i.exec(toolName(tool))?.[0] ?? "?";
  const [letters, colour] = known ?? [letter.toUpperCase(), GREY];
  const size = letters.length > 1 ? 8.5 : 10.5;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">` +
    `<rect x="1" y="1" width="14" height="14" rx="3.5" fill="${colour}"/>` +
    `<text x="8" y="${8 + size * 0.36}" font-family="sans-serif" font-weight="bold" ` +
    `font-size="${size}" text-anchor="middle" fill="#fff">${letters}</text></svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`);
}
