import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure, failureFrom, isConnectionLost, ownFailure, remediesFor } from "../../src/errors";

function answer(code: number, message: string, data?: unknown) {
  return Object.assign(new Error(message), { code, data });
}

test("the server's sentence, kind and particulars are kept", () => {
  const data = { kind: "unsupportedVersion", found: "2.0.0" };
  const failure = failureFrom(answer(-32803, "Upgrade hfs-server.", data));
  assert.equal(failure.message, "Upgrade hfs-server.");
  assert.equal(failure.kind, "unsupportedVersion");
  assert.equal(failure.data.found, "2.0.0");
});

test("each kind has the button that helps", () => {
  const helps = {
    destinationExists: "overwrite",
    unsupportedVersion: "upgrade",
    storeTooNew: "upgrade",
    storeBusy: "retry",
    serverFailed: "retry",
    invalidDocument: "openFile",
    sessionTooLarge: "export",
    serverNotFound: "install",
    serverTooOld: "upgrade",
  };
  for (const [kind, remedy] of Object.entries(helps)) {
    assert.equal(remediesFor(new Failure(kind, ""))[0], remedy, kind);
  }
});

test("a kind that is not known yet leads to the log", () => {
  assert.deepEqual(remediesFor(new Failure("somethingNew", "")), ["log"]);
});

test("a cancelled request is a cancellation, whoever says so", () => {
  assert.equal(failureFrom(answer(-32800, "cancelled")).kind, "cancelled");
  assert.equal(failureFrom(Object.assign(new Error(), { name: "Canceled" })).kind, "cancelled");
});

test("what is no answer of the server is a lost connection", () => {
  assert.ok(isConnectionLost(answer(-32097, "Pending response rejected")));
  assert.ok(isConnectionLost(new Error("write EPIPE")));
  assert.ok(!isConnectionLost(answer(-32803, "no")));
  assert.ok(!isConnectionLost(ownFailure("serverFailed", "no")));
});

test("anything thrown has words", () => {
  assert.equal(failureFrom("boom").message, "boom");
  assert.equal(failureFrom(new Error("boom")).kind, "unknown");
});
