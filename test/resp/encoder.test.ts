import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { type Argument, CommandEncoder, encodeCommand } from "../../src/resp/index.ts";
import { seededRandom } from "../support/random.ts";
import { parse } from "./parse.ts";

/** How a server reads the commands: each as an array of bulk strings. */
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

  it("accepts bytes from part of a larger buffer and from another realm", () => {
    const whole = Buffer.from("xxbodyxx");
    assert.deepEqual(parse([encodeCommand([whole.subarray(2, 6)])]), [[Buffer.from("body")]]);
    const foreign: Uint8Array = runInNewContext("Uint8Array.of(98, 111)");
    assert.deepEqual(parse([encodeCommand([foreign])]), [[Buffer.from("bo")]]);
  });
});

describe("the length of a string", () => {
  const strings: [string, string, number][] = [
    ["ASCII", "abc", 3],
    ["two-byte characters", "éé", 4],
    ["three-byte characters", "漢字€", 9],
    ["four-byte characters", "🦆🦆", 8],
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
    ["a high surrogate in a short string", "a\ud83e"],
    ["a low surrogate", "\udd86b"],
    ["a pair in the wrong order", "\udd86\ud83e"],
    ["a high surrogate in a long string", `${"x".repeat(10_000)}\ud83e${"x".repeat(10_000)}`],
    ["a high surrogate after non-ASCII text", "é漢🦆\ud83e"],
  ] as const) {
    it(`is not computed for a lone surrogate, which is an error: ${what}`, () => {
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

  it("delimits an argument, so that CRLF in it cannot start another command", () => {
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

  it("of up to 4 KiB are copied, so they may be changed after add()", () => {
    const encoder = new CommandEncoder();
    const small = Buffer.alloc(4096, "x");
    encoder.add([small]);
    small.fill("y");
    assert.deepEqual(parse([Buffer.concat(encoder.take())]), [[Buffer.alloc(4096, "x")]]);
  });
});

describe("a batch of commands", () => {
  it("is collected in order and taken once", () => {
    const encoder = new CommandEncoder();
    assert.deepEqual(encoder.take(), []);
    encoder.add(["PING"]);
    encoder.add(["TIME"]);
    assert.deepEqual(parse([Buffer.concat(encoder.take())]), asSent([["PING"], ["TIME"]]));
    assert.deepEqual(encoder.take(), []);
  });

  it("continues after a take without changing what was taken", () => {
    const encoder = new CommandEncoder();
    encoder.add(["first"]);
    const first = encoder.take();
    const before = Buffer.concat(first);
    encoder.add(["second"]);
    const second = encoder.take();
    assert.deepEqual(Buffer.concat(first), before);
    assert.deepEqual(parse([before, Buffer.concat(second)]), asSent([["first"], ["second"]]));
  });

  it("is intact for arguments of every size around 4 KiB and 16 KiB", () => {
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

  it("is intact wherever a command starts in a block", () => {
    const encoder = new CommandEncoder();
    const commands: Argument[][] = [];
    for (let pad = 0; pad < 300; pad++) commands.push(["x".repeat(16_000 + pad)], ["a", "", 7, "é"], ["b"]);
    for (const command of commands) encoder.add(command);
    assert.deepEqual(parse([Buffer.concat(encoder.take())]), asSent(commands));
  });

  it("of three thousand is intact, whenever it is taken", () => {
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

describe("many strings of the same length", () => {
  const ids = Array.from({ length: 20 }, (_, index) => `id-${String(index).padStart(4, "0")}`);

  it("are encoded as one argument each", () => {
    const command = ["ACKJOB", ...ids, "other", ...ids, 7];
    assert.deepEqual(parse([encodeCommand(command)]), asSent([command]));
  });

  it("may differ in their length in bytes", () => {
    const command = ["ACKJOB", ...ids, "id-000é", "id-00𝄞", ...ids];
    assert.deepEqual(parse([encodeCommand(command)]), asSent([command]));
  });

  it("may be empty", () => {
    const command = ["ECHO", ...Array<string>(20).fill("")];
    assert.deepEqual(parse([encodeCommand(command)]), asSent([command]));
  });
});

describe("a word that was encoded before", () => {
  it("may be repeated in any position, or be replaced by a similar non-ASCII word", () => {
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

describe("the length of an encoder", () => {
  it("counts all bytes added, taken or not", () => {
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
    it(`is rejected, and nothing of its command is added: ${what}`, () => {
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

  it("is also a command without arguments", () => {
    const encoder = new CommandEncoder();
    assert.throws(() => encoder.add([]), TypeError);
    assert.deepEqual(encoder.take(), []);
  });
});
