/**
 * The parts of a session's Markdown, by the lines that the export writes: messages, tool calls with
 * their results, checkpoints, and the sections below.
 *
 * The rule not to break: a text of the session is never taken for one of these lines, which is why
 * the export escapes its HTML and demotes its headings, and why code is skipped here.
 */

import { plain, textOf } from "./words";

export interface Part {
  kind: "message" | "call" | "result" | "checkpoint" | "section";
  /** Of a message, and of a result, which is one. */
  number?: number;
  /** Who wrote it, the name of the tool, or that of the section. */
  title: string;
  /** The first words of a message, what a call is about. */
  words: string;
  /** When, by which model. */
  detail: string;
  /** Lines from 0, both in it. */
  line: number;
  end: number;
  parts: Part[];
}

export interface Parts {
  /** In order; calls lie in their messages, and results in their calls. */
  parts: Part[];
  /** What the export shows folded or can fold: from the line that stays to the last one. */
  folds: { start: number; end: number }[];
}

/** The section that holds the messages. */
const MESSAGES = "Conversation";
const FENCE = /^ {0,3}(`{3,}(?!.*`)|~{3,})(.*)$/;
const HEADING = /^### (\d{1,9})\. (.*)$/;
const SECTION = /^## (.*)$/;
const SUMMARY = /^<summary>(.*)<\/summary>$/;
const ADDED = /^(\d{1,9})\. (.*?), added by a program(?: - (.*))?$/;
const RESULT = /^(\d{1,9})\. Result(?: - (.*?))?(?::\*.*|\*)?$/;
const CALL = /^<strong>(.*?)<\/strong> ?(.*)$/;
const CHECKPOINT = /^> \*\*Checkpoint\*\* (.*)$/;
const TITLE = /^(.*?)(?: \(((?:[^()\\]|\\.)*)\))?(?: - (.*))?$/;

export class PartReader {
  private readonly found: Parts = { parts: [], folds: [] };
  private readonly folded: { summary: number; part?: Part; isMessage?: true }[] = [];
  private fence = "";
  private message: Part | undefined;
  private section: Part | undefined;
  private isBelow = false;
  private lastLine = -1;

  /** Reads the next line. */
  read(line: string, number: number): void {
    if (line.trim() === "") {
      return;
    }
    if (this.isInCode(line) || !this.isOwn(line, number)) {
      this.say(line);
    }
    this.lastLine = number;
  }

  /** The parts, after the last line. */
  end(): Parts {
    this.close();
    return this.found;
  }

  private isInCode(line: string): boolean {
    const [, mark = "", info = ""] = FENCE.exec(line) ?? [];
    const wasIn = this.fence !== "";
    if (!wasIn) {
      this.fence = mark;
    } else if (mark.startsWith(this.fence) && info.trim() === "") {
      this.fence = "";
    }
    return wasIn || mark !== "";
  }

  /** Whether the line is one of the export's own. */
  private isOwn(line: string, number: number): boolean {
    if (line.startsWith("<details")) {
      this.folded.push({ summary: number });
    } else if (line === "</details>") {
      this.unfold(number);
    } else {
      return this.beginsPart(line, number);
    }
    return true;
  }

  private beginsPart(line: string, number: number): boolean {
    if (!"#<*>".includes(line.charAt(0))) {
      return false;
    }
    const [, heading, title = ""] = HEADING.exec(line) ?? [];
    if (heading !== undefined && this.section === undefined) {
      this.begin(titled("message", title, number, Number(heading)));
      return true;
    }
    const [, section] = SECTION.exec(line) ?? [];
    if (section !== undefined) {
      this.beginSection(section, number);
      return true;
    }
    const [, summary] = SUMMARY.exec(line) ?? [];
    if (summary !== undefined) {
      this.summarize(textOf(summary), summary, number);
      return true;
    }
    const [, result] = /^\*(\d{1,9}\. Result.*)$/.exec(line) ?? [];
    const [, checkpoint] = CHECKPOINT.exec(line) ?? [];
    if (result !== undefined) {
      this.addResult(result, number);
    } else if (checkpoint !== undefined) {
      this.add({ ...part("checkpoint", "Checkpoint", number), words: plain(checkpoint) });
    }
    return result !== undefined || checkpoint !== undefined;
  }

  private beginSection(title: string, number: number): void {
    this.close();
    if (this.isBelow || title !== MESSAGES) {
      this.section = part("section", plain(title), number);
      this.found.parts.push(this.section);
    }
    this.isBelow = true;
  }

  private summarize(summary: string, source: string, number: number): void {
    const open = this.folded.at(-1);
    if (!open) {
      return;
    }
    const isInner = this.folded.length > 1;
    const first = open.summary;
    open.summary = number;
    const [, added, role = "", detail = ""] = ADDED.exec(summary) ?? [];
    const [, tool, about = ""] = CALL.exec(source) ?? [];
    if (added !== undefined && !isInner) {
      open.isMessage = true;
      this.begin({ ...part("message", role, first), number: Number(added), detail });
      return;
    }
    if (tool !== undefined && !isInner) {
      open.part = { ...part("call", textOf(tool), number), words: textOf(about) };
      this.add(open.part);
    } else if (RESULT.test(summary)) {
      this.addResult(summary, number);
    }
  }

  private addResult(text: string, number: number): void {
    const [, result, detail = ""] = RESULT.exec(text) ?? [];
    const call = this.folded.find(({ part }) => part)?.part;
    const found = { ...part("result", "Result", number), number: Number(result), detail };
    call?.parts.push(found);
  }

  private unfold(number: number): void {
    const open = this.folded.pop();
    if (open) {
      if (open.summary < number) {
        this.found.folds.push({ start: open.summary, end: number });
      }
      for (const one of open.part ? [open.part, ...open.part.parts] : []) {
        one.end = number;
      }
    }
  }

  /** The first words of the message, wherever they stand. */
  private say(line: string): void {
    const isFolded = this.folded.some(({ isMessage }) => !isMessage);
    if (this.message?.words === "" && this.message.parts.length === 0 && !isFolded) {
      this.message.words = plain(line.replace(FENCE, ""));
    }
  }

  private begin(message: Part): void {
    this.close();
    this.isBelow = true;
    this.message = message;
    this.found.parts.push(message);
  }

  private add(one: Part): void {
    (this.message?.parts ?? this.found.parts).push(one);
  }

  private close(): void {
    for (const one of [this.message, this.section]) {
      if (one) {
        one.end = Math.max(one.line, this.lastLine);
      }
    }
    this.message = undefined;
    this.section = undefined;
  }
}

/** The parts of a text that is at hand whole. */
export function partsOf(markdown: string): Parts {
  const reader = new PartReader();
  for (const [number, line] of markdown.split(/\r?\n/).entries()) {
    reader.read(line, number);
  }
  return reader.end();
}

function part(kind: Part["kind"], title: string, line: number): Part {
  return { kind, title, words: "", detail: "", line, end: line, parts: [] };
}

function titled(kind: Part["kind"], text: string, line: number, number: number): Part {
  const [, title = "", by = "", time = ""] = TITLE.exec(text) ?? [];
  const detail = [by, time].filter(Boolean).map(plain).join(" · ");
  return { ...part(kind, plain(title), line), number, detail };
}
