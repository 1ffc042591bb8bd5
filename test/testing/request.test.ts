import assert from "node:assert/strict";
import { test } from "node:test";
import { type Request, RequestParser } from "../../src/testing/request.ts";

function parse(...pieces: readonly (string | Buffer)[]): (string | string[])[] {
  const parser = new RequestParser();
  const seen: (string | string[])[] = [];
  for (const piece of pieces) {
    parser.push(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
    for (let request = parser.next(); request !== null; request = parser.next()) {
      seen.push(show(request));
      if (request.kind === "violation") return seen;
    }
  }
  return seen;
}

function show(request: Request): string | string[] {
  return request.kind === "violation" ? request.text : request.args.map((arg) => arg.toString("latin1"));
}

test("commands are parsed the same however they are split", () => {
  const bytes =
    '*3\r\n$4\r\nPING\r\n$0\r\n\r\n$5\r\na\r\nb\n\r\n*0\r\nPING "a b"\r\n\r\n*1\r\n$4\r\nQUIT\r\n';
  const commands = [["PING", "", "a\r\nb\n"], ["PING", "a b"], ["QUIT"]];
  assert.deepEqual(parse(bytes), commands);
  assert.deepEqual(parse(...bytes), commands);
  for (let at = 1; at < bytes.length; at++)
    assert.deepEqual(parse(bytes.slice(0, at), bytes.slice(at)), commands);
});

test("a large body in small pieces takes linear time", () => {
  const body = Buffer.alloc(20_000_000, "x");
  const parser = new RequestParser();
  parser.push(Buffer.from(`*2\r\n$4\r\nPING\r\n$${body.length}\r\n`));
  for (let at = 0; at < body.length; at += 16_384) {
    parser.push(body.subarray(at, at + 16_384));
    assert.equal(parser.next(), null);
  }
  assert.equal(parser.unread, body.length);
  parser.push(Buffer.from("\r\nPING\r\n"));
  const request = parser.next();
  assert.ok(request?.kind === "command" && request.args[1]?.equals(body));
  assert.deepEqual(parser.next(), { kind: "command", args: [Buffer.from("PING")] });
  assert.equal(parser.unread, 0);
});

test("a body that arrives byte by byte is not moved for each byte", () => {
  const pieces = 100_000;
  const parser = new RequestParser();
  parser.push(Buffer.from(`*2\r\n$4\r\nPING\r\n$${pieces}\r\n`));
  assert.equal(parser.next(), null);
  const piece = Buffer.from("x");
  for (let sent = 0; sent < pieces; sent++) parser.push(piece);
  parser.push(Buffer.from("\r\n"));
  // These methods move all elements behind the position.
  const moves = (["shift", "splice", "slice"] as const).map((name) => counted(Array.prototype, name));
  const request = parser.next();
  const count = moves.reduce((sum, move) => sum + move.restore(), 0);
  assert.ok(request?.kind === "command" && request.args[1]?.length === pieces);
  assert.ok(count < 100, `${count} times`);
});

/** Counts the calls of a method until it is restored. (node:test cannot mock array methods.) */
function counted<Name extends string>(
  object: Record<Name, (...args: never[]) => unknown>,
  name: Name,
): { restore(): number } {
  const original = object[name];
  let count = 0;
  const value = function (this: unknown, ...args: never[]): unknown {
    count++;
    return Reflect.apply(original, this, args);
  };
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return {
    restore() {
      Object.defineProperty(object, name, { value: original, configurable: true, writable: true });
      return count;
    },
  };
}

test("a NUL hides the end of a line, as with strchr", () => {
  assert.deepEqual(parse("PI\0NG\r\n"), []);
  assert.deepEqual(parse("*1\0\r\n$4\r\nPING\r\n"), []);
  assert.deepEqual(parse(`PI\0NG\r\n${"x".repeat(70_000)}`), ["ERR Protocol error: too big inline request"]);
});

test("quotes of both kinds and their contents", () => {
  assert.deepEqual(parse(`a "b\\"\\\\\\n\\t\\a\\q\\x4a" 'c\\'d\\n' e"f"\r\n`), [
    ["a", 'b"\\\n\t\x07qJ', "c'd\\n", "ef"],
  ]);
  assert.deepEqual(parse("'a\r\n"), ["ERR Protocol error: unbalanced quotes in request"]);
  assert.deepEqual(parse("'a'b\r\n"), ["ERR Protocol error: unbalanced quotes in request"]);
  assert.deepEqual(parse('"a\\\r\n'), ["ERR Protocol error: unbalanced quotes in request"]);
});
