/** The server as a process: its streams, its last words, its end. */

import { PassThrough, type Readable, type Writable } from "node:stream";
import { type Command, endingOf, lastLine, launch, reasonOf } from "./launch";

export class ServerProcess {
  /** Resolves with the reason when the process has ended or could not be started. */
  readonly ended: Promise<string>;
  readonly reader: Readable = new PassThrough();
  readonly writer: Writable;
  private readonly child;
  private lastWords = "";
  private complaint: string | undefined;

  constructor(command: Command, onStderr: (line: string) => void) {
    this.child = launch(command);
    this.writer = this.child.stdin;
    // `ended` reports its end; a pipe that breaks on the way says nothing more.
    this.child.stdin.on("error", () => {});
    this.child.stdout.once("data", (first: Buffer) => {
      if (!/^content-/i.test(first.toString("latin1"))) {
        this.end("what it prints is not the language server protocol");
      }
    });
    this.child.stdout.pipe(this.reader as PassThrough);
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.lastWords = (this.lastWords + text).slice(-4000);
      for (const line of text.split(/\r?\n/).filter((line) => line.trim() !== "")) {
        onStderr(line);
      }
    });
    this.ended = new Promise((resolve) => {
      this.child.once("error", (error) => resolve(reasonOf(error)));
      this.child.once("close", (code, signal) =>
        resolve(this.complaint ?? lastLine(this.lastWords) ?? endingOf(code, signal)),
      );
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Kills the process; the complaint is why. */
  end(complaint?: string): void {
    this.complaint ??= complaint;
    this.child.kill("SIGKILL");
    // A grandchild may hold the pipes open; we wait for none of them.
    this.child.stdout.destroy();
    this.child.stderr.destroy();
  }
}
