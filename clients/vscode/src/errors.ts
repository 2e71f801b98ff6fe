/** What can go wrong, and the one thing that helps. Sentences are the server's own, where it has any. */

/** The kinds that come from here; those of the server are in its protocol. */
export type OwnKind =
  | "cancelled"
  | "noMessage"
  | "notPossible"
  | "serverNotFound"
  | "serverUnusable"
  | "serverTooOld"
  | "serverFailed"
  | "installFailed";

/** Work that failed, with a sentence for a person; `kind` is the server's or the extension's. */
export class Failure extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "HfsFailure";
  }
}

export function ownFailure(kind: OwnKind, message: string): Failure {
  return new Failure(kind, message);
}

/** What a button under a message does. */
export type Remedy =
  | "openFile"
  | "details"
  | "overwrite"
  | "retry"
  | "upgrade"
  | "export"
  | "install"
  | "settings"
  | "log";

const REMEDIES: Readonly<Record<string, readonly Remedy[]>> = {
  destinationExists: ["overwrite"],
  storeBusy: ["retry"],
  unsupportedVersion: ["upgrade"],
  storeTooNew: ["upgrade"],
  sessionTooLarge: ["export"],
  sessionNotFound: [],
  noMessage: [],
  notPossible: [],
  invalidDocument: ["openFile", "details"],
  sourceNotReadable: [],
  destinationNotWritable: ["settings"],
  storeUnusable: ["settings"],
  serverNotFound: ["install", "settings", "log"],
  serverUnusable: ["settings", "log"],
  serverFailed: ["retry", "log"],
  serverTooOld: ["upgrade", "install", "log"],
  installFailed: ["retry", "log"],
};

/** The buttons that help, best first; an unknown failure leads to the log. */
export function remediesFor(failure: Failure): readonly Remedy[] {
  return REMEDIES[failure.kind] ?? ["log"];
}

const REQUEST_CANCELLED = -32800;
/** Answers that the client makes up when the connection is gone. */
const CONNECTION_LOST = new Set([-32099, -32097, -32096]);

/** Whether the error only says that the connection is gone, which does not help a person. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof Failure) {
    return false;
  }
  const code = member(error, "code");
  return typeof code !== "number" || CONNECTION_LOST.has(code);
}

/** Any error as a failure; one that the server answered keeps its sentence, kind and particulars. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof Failure) {
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (member(error, "code") === REQUEST_CANCELLED || member(error, "name") === "Canceled") {
    return ownFailure("cancelled", message);
  }
  const data = member(error, "data");
  const kind = member(data, "kind");
  return typeof kind === "string"
    ? new Failure(kind, message, data as Record<string, unknown>)
    : new Failure("unknown", message);
}

/** The result for a caller, who gets failures as errors. */
export async function raised<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw failureFrom(error);
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
