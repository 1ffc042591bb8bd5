import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Failures } from "../../src/cluster/failures.ts";
import { ConnectionError, ReplyError, TimeoutError } from "../../src/resp/index.ts";

function failures(...errors: Parameters<Failures["add"]>[0][]): Failures {
  const all = new Failures();
  for (const error of errors) all.add(error);
  return all;
}

describe("the description of failures", () => {
  it("lists each reason once, and the errors in order", () => {
    const errors = [new ConnectionError("a"), new TimeoutError("b"), new ConnectionError("a")];
    const { message, details } = failures(...errors).describe("no node can be reached");
    assert.equal(message, "no node can be reached: a; b");
    assert.deepEqual(details, { errors });
  });

  it("names the node of an error reply, and leaves the error as it is", () => {
    const all = new Failures();
    const full = new ReplyError("ERR max number of clients reached");
    for (const node of ["10.0.0.1:7711", "10.0.0.2:7711"]) all.add(full, node);
    all.add(new ConnectionError("10.0.0.3:7711: closed"), "10.0.0.3:7711");
    const { message, details } = all.describe("no node can be reached");
    assert.equal(
      message,
      "no node can be reached: 10.0.0.1:7711: ERR max number of clients reached; " +
        "10.0.0.2:7711: ERR max number of clients reached; 10.0.0.3:7711: closed",
    );
    assert.equal(details.errors?.[0], full);
  });

  it("includes those of other descriptions", () => {
    const [first, second] = [new ConnectionError("a"), new TimeoutError("b")];
    const { message, details } = failures(first).describe("given up", failures(second));
    assert.equal(message, "given up: a; b");
    assert.deepEqual(details.errors, [first, second]);
  });

  for (const count of [16, 17, 1_023, 100_000])
    it(`has at most 16 errors and 2,000 characters, and the number omitted: ${count}`, () => {
      const all = new Failures();
      for (let n = 0; n < count; n++) all.add(new ConnectionError(`10.0.0.1:${n}: ${"x".repeat(250)}`));
      assert.equal(all.count, count);
      const { message, details } = all.describe("no node can be reached");
      assert.ok(message.length <= 2_000, String(message.length));
      assert.match(message, /^no node can be reached: 10\.0\.0\.1:0: x+; 10\.0\.0\.1:1: x+/);
      assert.equal(details.errors?.length, 16);
      if (count > 16) assert.ok(message.endsWith(`; and ${count - 16} more failures`), message.slice(-40));
      else assert.ok(message.endsWith("…"));
    });

  it("has the number omitted for both", () => {
    const many = failures(...Array.from({ length: 20 }, (_, n) => new ConnectionError(`a${n}`)));
    const more = failures(...Array.from({ length: 20 }, (_, n) => new ConnectionError(`b${n}`)));
    const { message, details } = many.describe("given up", more);
    assert.match(message, /; and 24 more failures$/);
    assert.equal(details.errors?.length, 16);
  });
});

describe("a failure", () => {
  it("is kept as it is if its message is short and printable", () => {
    const error = new ReplyError("ERR no", "AUTH");
    assert.equal(failures(error).describe("x").details.errors?.[0], error);
  });

  it("is replaced by one of the same kind with a short message if its message is long", () => {
    const [reply, other] =
      failures(
        new ReplyError(`ERR ${"x".repeat(65_536)}`, "AUTH"),
        new TimeoutError("y".repeat(65_536)),
      ).describe("x").details.errors ?? [];
    assert.ok(reply instanceof ReplyError);
    assert.deepEqual([reply.code, reply.command, reply.message.length], ["ERR", "AUTH", 301]);
    assert.ok(other instanceof ConnectionError);
    assert.equal(other.message, `${"y".repeat(300)}…`);
  });

  it("has control characters escaped", () => {
    const { message, details } = failures(new ReplyError("ERR \u001b[31mred\r\n")).describe("x");
    assert.equal(message, "x: ERR \\u001b[31mred\\r\\n");
    assert.equal(details.errors?.[0]?.message, "ERR \\u001b[31mred\\r\\n");
  });
});
