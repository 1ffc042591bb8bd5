import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ClosedError,
  ConnectionError,
  DisqueError,
  OverloadError,
  ProtocolError,
  ReplyError,
  TimeoutError,
} from "../../src/resp/index.ts";

describe("each error", () => {
  const errors: [DisqueError, string, string][] = [
    [new ReplyError("PAUSED Queue paused in input"), "ReplyError", "PAUSED"],
    [new ConnectionError("gone"), "ConnectionError", "CONNECTION"],
    [new TimeoutError("late"), "TimeoutError", "TIMEOUT"],
    [new ProtocolError("odd"), "ProtocolError", "PROTOCOL"],
    [new ClosedError("closed"), "ClosedError", "CLOSED"],
    [new OverloadError("full"), "OverloadError", "OVERLOAD"],
  ];
  for (const [error, name, code] of errors) {
    it(`is a DisqueError with a name and a code: ${name}`, () => {
      assert.ok(error instanceof DisqueError);
      assert.ok(error instanceof Error);
      assert.equal(error.name, name);
      assert.equal(error.code, code);
      assert.ok(error.stack?.includes(error.message));
    });
  }
});

describe("a ConnectionError", () => {
  it("says by default that the command was not sent", () => {
    const error = new ConnectionError("gone");
    assert.equal(error.sent, false);
    assert.deepEqual(error.errors, []);
    assert.ok(!("cause" in error));
  });

  it("has the cause, and says whether the command was sent", () => {
    const cause = new Error("ECONNRESET");
    const error = new ConnectionError("gone", { sent: true, errors: [cause], cause });
    assert.equal(error.sent, true);
    assert.deepEqual(error.errors, [cause]);
    assert.equal(error.cause, cause);
  });
});

describe("a ReplyError", () => {
  it("names the command that failed, if known", () => {
    assert.equal(new ReplyError("ERR", "PING").command, "PING");
  });
});
