import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { type Argument, CommandEncoder, encodeCommand } from "../../src/resp/index.ts";
import { seededRandom } from "../support/random.ts";
import { parse } from "./parse.ts";

/** What a server would read: each command as an array of bulk strings. */
function asSent(commands: readonly (readonly Argument[])[]): Buffer[][] {
  return commands.map((args) =>
    args.map((arg) => (typeof arg === "object" ? Buffer.from(arg) : Buffer.from(String(arg)))),
  );
}

describe("a command", () => {
  it("is an array of bulk strings", () => {
    assert.equal(encodeCommand(["PING"]).toString(), "*1\r\n$4\r\nPING\r\n");
    assert.equal(
      encodeCommand(["ADDJOB", "mail", "", 0]).toString(),
      "*4\r\n$6\r\nADDJOB\r\n$4\r\nmail\r\n$0\r\n\r\n$1\r\n0\r\n",
    );
  });

  it("is made of strings, bytes, numbers and bigints", () => {
    const args = ["SET", Buffer.from([0, 255]), new Uint8Array([1]), 42, -1, 1.5, 2n ** 64n];
    assert.deepEqual(parse([encodeCommand(args)]), asSent([args]));
    assert.equal(encodeCommand([-0]).toString(), "*1\r\n$1\r\n0\r\n");
  });

  it("may have many arguments", () => {
    const args = Array.from({ length: 12_345 }, (_, index) => index);
    assert.deepEqual(parse([encodeCommand(args)]), asSent([args]));
  });

  it("takes bytes that are part of a larger buffer, and those of another realm", () => {
    const whole = Buffer.from("xxbodyxx");
    assert.deepEqual(parse([encodeCommand([whole.subarray(2, 6)])]), [[Buffer.from("body")]]);
    const foreign: Uint8Array = runInNewContext("Uint8Array.of(98, 111)");
    assert.deepEqual(parse([encodeCommand([foreign])]), [[Buffer.from("bo")]]);
  });
});

describe("the length of a string", () => {
  const strings: [string, string, number][] = [
    ["ASCII", "abc", 3],
    ["two bytes a character", "éé", 4],
    ["three bytes a character", "漢字€", 9],
    ["four bytes a character", "🦆🦆", 8],
    ["NUL", "a\0b", 3],
    ["CRLF", "a\r\nb", 4],
  ];
  for (const [what, string, length] of strings) {
    it(`is counted in bytes: ${what}`, () => {
      const bytes = encodeCommand([string, "next"]);
      assert.ok(bytes.toString().startsWith(`*2\r\n$${length}\r\n`));
      assert.deepEqual(parse([bytes]), asSent([[string, "next"]]));
    });
  }

  for (const [what, string] of [
    ["the first half of a pair, in a short string", "a\ud83e"],
    ["the second half", "\udd86b"],
    ["two halves in the wrong order", "\udd86\ud83e"],
    ["one in a long string", `${"x".repeat(10_000)}\ud83e${"x".repeat(10_000)}`],
    ["one behind characters that are not ASCII", "é漢🦆\ud83e"],
  ] as const) {
    it(`cannot be told for a lone surrogate: ${what}`, () => {
      const encoder = new CommandEncoder();
      encoder.add(["before"]);
      assert.throws(() => encoder.add(["ADDJOB", "é".repeat(20_000), string]), {
        name: "TypeError",
        message: "argument 2 of a command has a lone surrogate, which UTF-8 cannot hold",
      });
      encoder.add(["after"]);
      assert.deepEqual(parse([Buffer.concat(encoder.take())]), asSent([["before"], ["after"]]));
    });
  }

  it("holds whatever is inside: CRLF cannot break out of an argument", () => {
    const evil = "x\r\n$3\r\nabc\r\n*1\r\n$8\r\nSHUTDOWN\r\n";
    assert.deepEqual(parse([encodeCommand(["ADDJOB", evil, evil])]), [
      [Buffer.from("ADDJOB"), Buffer.from(evil), Buffer.from(evil)],
    ]);
  });
});

describe("bytes", () => {
  it("of more than 4 KiB are not copied", () => {
    const encoder = new CommandEncoder();
    const large = Buffer.alloc(4097, "x");
    encoder.add(["ADDJOB", large, "tail"]);
    const chunks = encoder.take();
    assert.ok(chunks.some((chunk) => chunk.buffer === large.buffer && chunk.length === large.length));
    assert.deepEqual(parse([Buffer.concat(chunks)]), asSent([["ADDJOB", large, "tail"]]));
  });

  it("of up to 4 KiB are copied: they may be changed once they are added", () => {
    const encoder = new CommandEncoder();
    const small = Buffer.alloc(4096, "x");
    encoder.add([small]);
    small.fill("y");
    assert.deepEqual(parse([Buffer.concat(encoder.take())]), [[Buffer.alloc(4096, "x")]]);
  });
});

describe("a batch of commands", () => {
  it("is collected in order, and taken once", () => {
    const encoder = new CommandEncoder();
    assert.ok(encoder.empty);
    assert.deepEqual(encoder.take(), []);
    encoder.add(["PING"]);
    encoder.add(["TIME"]);
    assert.ok(!encoder.empty);
    assert.deepEqual(parse([Buffer.concat(encoder.take())]), asSent([["PING"], ["TIME"]]));
    assert.ok(encoder.empty);
    assert.deepEqual(encoder.take(), []);
  });

  it("goes on after a take, and what was taken stays as it was", () => {
    const encoder = new CommandEncoder();
    encoder.add(["first"]);
    const first = encoder.take();
    const before = Buffer.concat(first);
    encoder.add(["second"]);
    const second = encoder.take();
    assert.deepEqual(Buffer.concat(first), before);
    assert.deepEqual(parse([before, Buffer.concat(second)]), asSent([["first"], ["second"]]));
  });

  it("is whole for arguments of every size around 4 KiB and 16 KiB", () => {
    const encoder = new CommandEncoder();
    const commands: Argument[][] = [];
    for (const boundary of [4096, 8192, 16_384, 32_768]) {
      for (let size = boundary - 40; size <= boundary + 4; size++) {
        commands.push(["ADDJOB", "x".repeat(size)], ["ADDJOB", Buffer.alloc(size, "y"), size]);
      }
    }
    for (const command of commands) encoder.add(command);
    assert.deepEqual(parse([Buffer.concat(encoder.take())]), asSent(commands));
  });

  it("is whole wherever a command begins in a block", () => {
    const encoder = new CommandEncoder();
    const commands: Argument[][] = [];
    for (let pad = 0; pad < 300; pad++) commands.push(["x".repeat(16_000 + pad)], ["a", "", 7, "é"], ["b"]);
    for (const command of commands) encoder.add(command);
    assert.deepEqual(parse([Buffer.concat(encoder.take())]), asSent(commands));
  });

  it("of three thousand comes back as it was, taken at whatever moments", () => {
    const random = seededRandom(1);
    const argument = (): Argument => {
      const size = Math.floor(random() < 0.02 ? random() * 20_000 : random() * 60);
      const kind = random();
      if (kind < 0.3) return "a".repeat(size);
      if (kind < 0.5) return "é🦆\r\n$".repeat(size / 8);
      if (kind < 0.7) return Buffer.alloc(size, size % 256);
      if (kind < 0.9) return Math.floor((random() - 0.5) * 2 ** 53);
      return BigInt(size) ** 9n;
    };
    const encoder = new CommandEncoder();
    const commands: Argument[][] = [];
    const chunks: Uint8Array[] = [];
    for (let made = 0; made < 3_000; made++) {
      const command = Array.from({ length: 1 + Math.floor(random() * 12) }, argument);
      commands.push(command);
      encoder.add(command);
      if (random() < 0.05) chunks.push(...encoder.take());
    }
    chunks.push(...encoder.take());
    assert.deepEqual(parse([Buffer.concat(chunks)]), asSent(commands));
  });
});

describe("many strings of one length", () => {
  const ids = Array.from({ length: 20 }, (_, index) => `id-${String(index).padStart(4, "0")}`);

  it("are each an argument", () => {
    const command = ["ACKJOB", ...ids, "other", ...ids, 7];
    assert.deepEqual(parse([encodeCommand(command)]), asSent([command]));
  });

  it("may be of different length in bytes", () => {
    const command = ["ACKJOB", ...ids, "id-000é", "id-00𝄞", ...ids];
    assert.deepEqual(parse([encodeCommand(command)]), asSent([command]));
  });

  it("may be empty", () => {
    const command = ["ECHO", ...Array<string>(20).fill("")];
    assert.deepEqual(parse([encodeCommand(command)]), asSent([command]));
  });
});

describe("a word", () => {
  it("may come again in its place, in another one, or grow by a character that is not ASCII", () => {
    const commands = [
      ["GET", "mail"],
      ["GET", "mail"],
      ["mail", "GET"],
      ["GET", "maié"],
      ["GET", "mai𝄞"],
      ["GET", "mail"],
    ];
    const encoder = new CommandEncoder();
    for (const command of commands) encoder.add(command);
    assert.deepEqual(parse([Buffer.concat(encoder.take())]), asSent(commands));
  });
});

describe("the length", () => {
  it("counts all bytes that were added, taken or not", () => {
    const encoder = new CommandEncoder();
    let sent = 0;
    for (const size of [1, 1_000, 4_096, 4_097, 70_000, 3]) {
      encoder.add(["ADDJOB", Buffer.alloc(size), "x".repeat(size)]);
      const expected = encoder.length;
      for (const chunk of encoder.take()) sent += chunk.length;
      assert.equal(expected, sent);
      assert.equal(encoder.length, sent);
    }
  });
});

describe("an argument that cannot be sent", () => {
  const bad: [string, unknown, ErrorConstructor][] = [
    ["NaN", Number.NaN, RangeError],
    ["Infinity", Number.POSITIVE_INFINITY, RangeError],
    ["-Infinity", Number.NEGATIVE_INFINITY, RangeError],
    ["undefined", undefined, TypeError],
    ["null", null, TypeError],
    ["a boolean", true, TypeError],
    ["a symbol", Symbol("x"), TypeError],
    ["a function", () => "x", TypeError],
    ["an object", { toString: () => "x" }, TypeError],
    ["an array", ["x"], TypeError],
    ["a Date", new Date(0), TypeError],
    ["a String object", Object("x"), TypeError],
    ["an ArrayBuffer", new ArrayBuffer(8), TypeError],
    ["other typed arrays", new Uint16Array(2), TypeError],
    ["a DataView", new DataView(new ArrayBuffer(8)), TypeError],
  ];
  for (const [what, argument, kind] of bad) {
    it(`is refused, and nothing of its command is added: ${what}`, () => {
      const encoder = new CommandEncoder();
      encoder.add(["before"]);
      const args = ["ADDJOB", Buffer.alloc(5000), argument] as Argument[];
      assert.throws(() => encoder.add(args), { name: kind.name, message: /argument 2/ });
      encoder.add(["after"]);
      assert.deepEqual(parse([Buffer.concat(encoder.take())]), asSent([["before"], ["after"]]));
    });
  }

  it("may be a hole in the array", () => {
    const args: Argument[] = ["a", "b", "c"];
    delete args[1];
    assert.throws(() => encodeCommand(args), TypeError);
  });

  it("is missing where there is no argument at all", () => {
    const encoder = new CommandEncoder();
    assert.throws(() => encoder.add([]), TypeError);
    assert.ok(encoder.empty);
  });
});
