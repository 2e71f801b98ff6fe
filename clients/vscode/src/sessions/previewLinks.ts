/** From a session in VS Code's Markdown preview to the workspace's files that it speaks of. */

import { posix, relative, sep } from "node:path";
import * as vscode from "vscode";
import { EXPORT } from "../sessionTab/sessionMarkdown";
import { tabName } from "../text";
import { SCHEME } from "./documents";
import { workspacePaths } from "./links";
import { fragmentFor } from "./messagePlace";
import type { Place, WorkspacePaths } from "./workspacePaths";

/** As much of markdown-it as is needed here. */
interface Token {
  type: string;
  tag: string;
  markup: string;
  content: string;
  meta: unknown;
  map: [number, number] | null;
  attrs: [string, string][] | null;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

type TokenType = new (type: string, tag: string, nesting: number) => Token;

interface MarkdownIt {
  core: {
    ruler: { push(name: string, rule: (state: { src: string; tokens: Token[] }) => void): void };
  };
  renderer: { render(tokens: Token[], options: unknown, env: unknown): string };
}

const MARK = { isHfsExport: true };

/** Makes the preview of a session link to the workspace's files. */
export function extendMarkdownIt<T extends MarkdownIt>(markdown: T): T {
  // Only here is the source known, and only below the document.
  markdown.core.ruler.push("hfs_export", ({ src, tokens }) => {
    const [first] = tokens;
    if (first && EXPORT.test(src.slice(0, 4000))) {
      first.meta = MARK;
    }
  });
  const { renderer } = markdown;
  const render = renderer.render.bind(renderer);
  renderer.render = (tokens, options, env) => {
    const isExport = tokens[0]?.meta === MARK;
    return render(isExport ? withLinks(tokens, documentOf(env)) : tokens, options, env);
  };
  return markdown;
}

function documentOf(env: unknown): vscode.Uri | undefined {
  const { currentDocument } = (env ?? {}) as { currentDocument?: unknown };
  return currentDocument instanceof vscode.Uri ? currentDocument : undefined;
}

/** Copies of the tokens, since VS Code keeps them for the next time. */
function withLinks(tokens: readonly Token[], document: vscode.Uri | undefined): Token[] {
  const own = document && vscode.workspace.getWorkspaceFolder(document);
  const base = (own ?? vscode.workspace.workspaceFolders?.[0])?.uri.fsPath ?? "";
  const linker = new Linker(workspacePaths(), base, document);
  return withTargets(tokens).map((token) =>
    token.children ? copy(token, { children: linker.linked(token.children) }) : token,
  );
}

/** How each message begins, by the token that holds it. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  heading_open: /^(\d{1,9})\. /,
  paragraph_open: /^\*(\d{1,9})\. Result/,
  html_block: /^<details>\n<summary>(\d{1,9})\. (?:Result - |.*added by a program)/,
};

/** The tokens with a target for links at each message. */
function withTargets(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token, index) => {
    const content = token.type === "html_block" ? token.content : tokens[index + 1]?.content;
    const message = BEGINNINGS[token.type]?.exec(content ?? "")?.[1];
    const isLower = token.type === "heading_open" && token.tag !== "h3";
    return message === undefined || isLower ? [token] : [target(token, Number(message)), token];
  });
}

/** Where VS Code scrolls to: it has a line, and renders the attributes of such a block. */
function target(token: Token, message: number): Token {
  const attrs: Token["attrs"] = [
    ["id", fragmentFor(message)],
    ["class", "code-line"],
    ["data-line", String(token.map?.[0] ?? 0)],
  ];
  return Object.assign(new (token.constructor as TokenType)("html_block", "", 0), { attrs });
}

function copy(token: Token, changes: Partial<Token>): Token {
  return Object.assign(Object.create(Object.getPrototypeOf(token)), token, changes);
}

function without(attrs: Token["attrs"], name: string): [string, string][] {
  return (attrs ?? []).filter(([known]) => known !== name);
}

class Linker {
  constructor(
    private readonly paths: WorkspacePaths,
    private readonly base: string,
    private readonly document: vscode.Uri | undefined,
  ) {}

  linked(tokens: readonly Token[]): Token[] {
    let open: Token | undefined;
    return tokens.flatMap((token, index) => {
      if (token.type === "link_open") {
        open = this.retargeted(token, tokens[index + 1]?.content ?? "");
        return [open];
      }
      if (token.type === "link_close" && open) {
        const { tag } = open;
        open = undefined;
        return [copy(token, { tag })];
      }
      const isText = token.type === "text" || token.type === "code_inline";
      return isText && !open ? this.split(token) : [token];
    });
  }

  /** The link to the file; where there is none, what VS Code would make of it is no link. */
  private retargeted(token: Token, text: string): Token {
    const target = token.attrGet("href") ?? "";
    const place = this.paths.linked(target);
    const href = place ? this.href(place) : this.session(target, text);
    if (href !== undefined) {
      return copy(token, { attrs: [...without(token.attrs, "href"), ["href", href]] });
    }
    if (/^(#|[a-z][a-z0-9+.-]*:)/i.test(target)) {
      return token;
    }
    const title = vscode.l10n.t("{0} is not in this workspace.", target);
    return copy(token, { tag: "span", attrs: [["title", title]] });
  }

  /** The path from this session to another one: VS Code's preview follows no address of theirs. */
  private session(target: string, name: string): string | undefined {
    const [, id, fragment = ""] = /^hfs:\/sessions\/(-?\d{1,19})\.md(#.*)?$/.exec(target) ?? [];
    if (id === undefined || this.document?.scheme !== SCHEME) {
      return undefined;
    }
    const above = "../".repeat(this.document.path.split("/").length - 3);
    return `${above}${id}/${encodeURIComponent(tabName(name))}.md${fragment}`;
  }

  /** The token in pieces, some of which are links. */
  private split(token: Token): Token[] {
    const { content } = token;
    const whole = token.type === "code_inline" ? this.paths.plain(content) : undefined;
    const mentions = whole
      ? [{ start: 0, end: content.length, place: whole }]
      : this.paths.mentionsIn(content);
    const pieces: Token[] = [];
    let done = 0;
    const upTo = (end: number) => {
      if (end > done) {
        pieces.push(copy(token, { content: content.slice(done, end) }));
      }
      done = end;
    };
    const Type = token.constructor as TokenType;
    for (const { start, end, place } of mentions) {
      const href = this.href(place);
      if (href !== undefined) {
        upTo(start);
        const open = new Type("link_open", "a", 1);
        open.attrSet("href", href);
        pieces.push(open);
        upTo(end);
        pieces.push(new Type("link_close", "a", -1));
      }
    }
    upTo(content.length);
    return pieces;
  }

  /** The place from the folder at which VS Code's preview has paths with a slash begin. */
  private href({ path, line, column }: Place): string | undefined {
    const way = relative(this.base, path).split(sep);
    if (/^[A-Za-z]:$/.test(way[0] ?? "")) {
      // Another drive cannot be reached from there.
      return undefined;
    }
    const at = line === undefined ? "" : `#L${line}${column === undefined ? "" : `,${column}`}`;
    return `/${posix.join(...way.map(encodeURIComponent))}${at}`;
  }
}
