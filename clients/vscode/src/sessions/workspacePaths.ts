/**
 * Paths as sessions name them, and the workspace's files that they mean.
 *
 * The rule not to break: the disk is asked only about paths inside a folder of the workspace, and
 * a file counts only if it really lies in one, wherever links on the disk lead.
 */

import { posix, win32 } from "node:path";

/** What is asked of the machine; tests bring their own. */
export interface Disk {
  platform: NodeJS.Platform;
  home: string;
  /** The file's real path, or undefined where there is no such regular file. */
  realFile(path: string): string | undefined;
}

export interface Folder {
  name: string;
  path: string;
  realPath: string;
}

/** A place in a file, with lines and columns from 1. */
export interface Place {
  path: string;
  line?: number;
  column?: number;
  endLine?: number;
  endColumn?: number;
}

/** Where a text names a file. */
export interface Mention {
  start: number;
  end: number;
  place: Place;
}

/** How many different paths of one text are looked for on the disk. */
const MOST_LOOKS = 5000;
const LONGEST = 1000;

const HASH = String.raw`#L?(\d{1,9})(?:[C,](\d{1,9}))?(?:-L?(\d{1,9})(?:[C,](\d{1,9}))?)?`;
const COLON = String.raw`:(\d{1,9})(?:-(\d{1,9})|:(\d{1,9}))?`;
const AT_HASH = new RegExp(`^(.*?)${HASH}$`, "s");
const AT_COLON = new RegExp(`^(.*?)${COLON}:?$`, "s");
const MENTION = new RegExp(
  [
    // An address is passed over whole, but for one of a file.
    String.raw`(?!file:)\b[a-z][a-z0-9+.-]+:\/\/\S+`,
    // The target of a link, which may be in angle brackets and have a title.
    String.raw`(?<=\]\()(?:\\?<(?<angled>[^<>\n]+)>|(?<target>[^\s()<>]+))`,
    "`(?<code>[^`\\n]+)`",
    String.raw`(?<plain>(?:file:\/\/\/?|\b[A-Za-z]:(?=[\\/]))?[^\s\`"'<>()[\]{}|*,;:#!?$%&=^]+(?:${HASH}|${COLON})?)`,
  ].join("|"),
  "gi",
);

/** Finds files of these folders; the same path is looked for once. */
export class WorkspacePaths {
  private readonly known = new Map<string, string | undefined>();

  constructor(
    private readonly disk: Disk,
    private readonly folders: readonly Folder[],
  ) {}

  /** The files that a text names, in Markdown links, in code and in between. */
  *mentionsIn(text: string): Generator<Mention> {
    if (this.folders.length === 0) {
      return;
    }
    for (const match of text.matchAll(MENTION)) {
      const { angled, target, code, plain } = match.groups ?? {};
      const named = angled ?? target ?? code ?? plain;
      if (named === undefined) {
        continue;
      }
      const start = match.index + match[0].indexOf(named);
      if (plain !== undefined) {
        yield* this.plainMention(plain, start);
        continue;
      }
      const place = code === undefined ? this.linked(named) : this.plain(named);
      if (place) {
        yield { start, end: start + named.length, place };
      } else if (code !== undefined) {
        for (const inner of this.mentionsIn(code)) {
          yield { ...inner, start: start + inner.start, end: start + inner.end };
        }
      }
    }
  }

  /** The file that the target of a link means. */
  linked(target: string): Place | undefined {
    return (
      this.found(decoded(target)) ?? this.found(target) ?? this.found(decoded(unescaped(target)))
    );
  }

  /** The file that a text means which nobody marked as a link. */
  plain(text: string): Place | undefined {
    // A single word is more often a word than a file.
    return /[\\/.]/.test(text) ? (this.found(text) ?? this.found(unescaped(text))) : undefined;
  }

  private *plainMention(text: string, start: number): Generator<Mention> {
    // A full stop ends a sentence more often than a name.
    for (const named of new Set([text, text.replace(/[.\\]+$/, "")])) {
      const place = this.plain(named);
      if (place) {
        yield { start, end: start + named.length, place };
        return;
      }
    }
  }

  private found(text: string): Place | undefined {
    if (text.length > LONGEST) {
      return undefined;
    }
    const place = placeIn(text);
    const path = place.path && this.file(place.path);
    return path ? { ...place, path } : undefined;
  }

  private file(named: string): string | undefined {
    if (!this.known.has(named)) {
      const isSpent = this.known.size >= MOST_LOOKS;
      this.known.set(named, isSpent ? undefined : this.look(named));
    }
    return this.known.get(named);
  }

  private look(named: string): string | undefined {
    const { join } = this.disk.platform === "win32" ? win32 : posix;
    for (const path of this.candidates(named)) {
      const real = this.isInside(path, ({ path }) => path) && this.disk.realFile(path);
      if (real && this.isInside(real, ({ realPath }) => realPath)) {
        return join(path);
      }
    }
    return undefined;
  }

  /** Whole paths that the text may mean, likeliest first. */
  private candidates(named: string): string[] {
    const isWindows = this.disk.platform === "win32";
    const { isAbsolute, join } = isWindows ? win32 : posix;
    const path = named.replace(/^file:(\/\/)?(?=\/)/i, "").replace(/^\/(?=[A-Za-z]:[\\/])/, "");
    // NUL names no file, and a further colon a stream of one, or a device.
    if (/\0/.test(path) || path.replace(/^[A-Za-z]:/, "").includes(":")) {
      return [];
    }
    const forms = [path];
    if (!isWindows && path.includes("\\")) {
      forms.push(path.replaceAll("\\", "/"));
    }
    return forms.flatMap((form) => {
      if (/^~[\\/]/.test(form)) {
        return [join(this.disk.home, form.slice(2))];
      }
      const whole = isAbsolute(form) ? [join(form)] : [];
      const below = /^[A-Za-z]:|^[\\/]{2}/.test(form)
        ? []
        : this.folders.map(({ path }) => join(path, form));
      const named = this.folders
        .filter(({ name }) => form.startsWith(`${name}/`) || form.startsWith(`${name}\\`))
        .map(({ name, path }) => join(path, form.slice(name.length + 1)));
      return [...whole, ...below, ...named];
    });
  }

  private isInside(path: string, rootOf: (folder: Folder) => string): boolean {
    const { relative, isAbsolute, sep } = this.disk.platform === "win32" ? win32 : posix;
    return this.folders.some((folder) => {
      const below = relative(rootOf(folder), path);
      return below !== "" && below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
    });
  }
}

/** The path and the place that a text names: `app.py#L3-L9`, `app.py:12`, `app.py:12:5`. */
export function placeIn(text: string): Place {
  const hash = AT_HASH.exec(text);
  if (hash) {
    const [, path = "", line, column, endLine, endColumn] = hash;
    return withNumbers(path, { line, column, endLine, endColumn });
  }
  const colon = AT_COLON.exec(text);
  if (colon) {
    const [, path = "", line, endLine, column] = colon;
    return withNumbers(path, { line, column, endLine });
  }
  return { path: text.replace(/[#?].*$/s, "") };
}

function withNumbers(path: string, texts: Record<string, string | undefined>): Place {
  const numbers = Object.entries(texts).filter(([, text]) => text !== undefined);
  return {
    path,
    ...Object.fromEntries(numbers.map(([key, text]) => [key, Math.max(1, Number(text))])),
  };
}

/** The place as VS Code reads it from the fragment of a URI. */
export function fragmentOf({ line, column, endLine, endColumn }: Place): string {
  if (line === undefined) {
    return "";
  }
  const at = (number: number, comma?: number) => (comma ? `L${number},${comma}` : `L${number}`);
  return endLine === undefined ? at(line, column) : `${at(line, column)}-${at(endLine, endColumn)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The text as Markdown shows it. */
function unescaped(text: string): string {
  return text.replace(/\\([!-/:-@[-`{-~])/g, "$1");
}
