import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Parser, ProtocolError, type Reply } from "../../src/resp/index.ts";

const malformed: [string, string][] = [
  ["a bulk string of -2 bytes", "$-2\r\n"],
  ["an array of -2 elements", "*-2\r\n"],
  ["an integer that ends in a letter", ":12a\r\n"],
  ["an integer without digits", ":\r\n"],
  ["an integer that is only a minus", ":-\r\n"],
  ["an integer that is only a plus", ":+\r\n"],
  ["an integer with two signs", ":--1\r\n"],
  ["an integer with two different signs", ":+-1\r\n"],
  ["an integer after a space", ": 1\r\n"],
  ["an integer before a space", ":1 \r\n"],
  ["an integer with a leading zero", ":01\r\n"],
  ["an integer below zero with a leading zero", ":-01\r\n"],
  ["minus zero", ":-0\r\n"],
  ["a fraction", ":1.5\r\n"],
  ["an exponent", ":1e3\r\n"],
  ["a hexadecimal integer", ":0x10\r\n"],
  ["an integer above 64 bits", ":9223372036854775808\r\n"],
  ["an integer below 64 bits", ":-9223372036854775809\r\n"],
  ["an integer of a thousand digits", `:${"9".repeat(1000)}\r\n`],
  ["a length that is no number", "$abc\r\n"],
  ["a bulk string without a length", "$\r\n"],
  ["a bulk string whose length has a leading zero", "$03\r\nabc\r\n"],
  ["a bulk string whose length is beyond 64 bits", "$9223372036854775808\r\n"],
  ["an array without a length", "*\r\n"],
  ["an array whose length is a fraction", "*1.0\r\n"],
  ["an array whose length exceeds 64 bits", "*18446744073709551616\r\n"],
  ["an array of 2^32 elements", "*4294967296\r\n"],
  ["a body that is longer than announced", "$3\r\nabcd\r\n"],
  ["a body that is shorter than announced", "$3\r\nab\r\n\r\n"],
  ["a body followed by a LF alone", "$3\r\nabc\n\n"],
  ["a body followed by a CR alone", "$3\r\nabc\r+"],
  ["an unknown type byte", "!3\r\nabc\r\n"],
  ["a reply of RESP3", "_\r\n"],
  ["an inline answer", "OK\r\n"],
  ["an answer over HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ["an empty line", "\r\n"],
  ["nothing but a LF", "\n"],
  ["a LF alone after a reply", "+OK\r\n\n"],
  ["a line that ends in a LF alone", "+OK\n"],
  ["an integer that ends in a LF alone", ":1\n"],
  ["a type byte and a LF", "+\n"],
  ["a CR within a simple string", "+a\rb\r\n"],
  ["a CR before the one that ends the line", "+a\r\r\n"],
  ["a CR within an error", "-a\rb\r\n"],
  ["a CR within an integer", ":1\r2\r\n"],
  ["something malformed within an array", "*2\r\n:1\r\n?\r\n"],
];

/** Writes the pieces and then more, and checks that the parser stays failed after the first error. */
function checkRefused(pieces: readonly Buffer[]): void {
  const replies: Reply[] = [];
  const parser = new Parser({ onReply: (reply) => replies.push(reply) });
  let failure: unknown;
  for (const piece of [...pieces, Buffer.from("+late\r\n"), Buffer.alloc(0), Buffer.from("\r\n+late\r\n")]) {
    try {
      parser.write(piece);
      assert.equal(failure, undefined, "a dead parser took bytes");
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof ProtocolError, String(error));
      failure ??= error;
      assert.equal(error, failure, "the same error again");
    }
  }
  assert.ok(failure instanceof ProtocolError);
  assert.ok(!replies.includes("late"));
}

describe("a stream that is not RESP is rejected for good", () => {
  for (const [what, text] of malformed) {
    it(`for ${what}`, () => {
      const bytes = Buffer.from(text);
      checkRefused([bytes]);
      checkRefused(Array.from(bytes, (byte) => Buffer.of(byte)));
      for (let cut = 1; cut < Math.min(bytes.length, 40); cut++) {
        checkRefused([bytes.subarray(0, cut), bytes.subarray(cut)]);
      }
    });
  }

  it("but the replies before it are delivered", () => {
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    assert.throws(() => parser.write(Buffer.from("+one\r\n:2\r\n?\r\n+three\r\n")), ProtocolError);
    assert.deepEqual(replies, ["one", 2]);
  });

  it("and the error does not quote it, because a server may echo a password", () => {
    const parser = new Parser({ onReply: () => {} });
    assert.throws(() => parser.write(Buffer.from(`:server 421 ${"s3cr3t".repeat(10)} :Unknown\r\n`)), {
      name: "ProtocolError",
      message: "expected a 64-bit integer, got 80 other bytes",
    });
  });

  it("as soon as a type byte is invalid, even if its line has not ended", () => {
    for (const before of ["", "+OK\r\n", "*2\r\n:1\r\n"]) {
      const parser = new Parser({ onReply: () => {} });
      if (before !== "") parser.write(Buffer.from(before));
      // A TLS alert: the answer of a TLS server to plaintext.
      assert.throws(() => parser.write(Buffer.from("\x15\x03\x01\x00\x02\x02\x16")), {
        name: "ProtocolError",
        message: "a reply cannot begin with the byte 21",
      });
    }
  });
});
