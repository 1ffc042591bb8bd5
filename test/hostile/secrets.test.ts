import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ConnectionError } from "../../src/index.ts";
import { found, SECRET, written } from "./secret.ts";
import { sweep } from "./sweep.ts";

const SWEEPING = fileURLToPath(new URL("sweeping.js", import.meta.url));

describe("a search for a secret", () => {
  for (const [where, value] of [
    ["a text", `a ${SECRET}`],
    ["a property", { a: { b: [{ c: SECRET }] } }],
    ["a property that is not enumerable", Object.defineProperty({}, "hidden", { value: SECRET })],
    ["a symbol's property", { [Symbol("hidden")]: SECRET }],
    ["a map", new Map([[{}, new Set([SECRET])]])],
    ["a buffer", { body: Buffer.from(`AUTH ${SECRET}`) }],
    ["bytes", [new TextEncoder().encode(SECRET)]],
    ["a message", new Error(SECRET)],
    ["a cause", new Error("a", { cause: new Error("b", { cause: SECRET }) })],
    [
      "an error among errors",
      new ConnectionError("a", { errors: [new Error("b", { cause: { c: SECRET } })] }),
    ],
  ] as const)
    it(`finds it in ${where}`, () => assert.ok(found(written(value))));

  it("finds nothing else", () => assert.equal(found(written([{ a: Buffer.from("secret") }])), undefined));
});

describe("no secret is visible", () => {
  it("in anything observable of a client that meets every fault", async () => {
    let seen = 0;
    const shown: string[] = [];
    const told = await sweep((what, ...values) => {
      seen++;
      for (const value of values) {
        const text = found(written(value));
        if (text !== undefined) shown.push(`${what}: ${text}`);
      }
    });
    assert.deepEqual(shown, []);
    assert.ok(seen > 200, `${seen} things were seen`);
    for (const stage of ["start", "error", "asyncEnd"]) {
      for (const kind of ["command", "connect"]) {
        assert.ok((told.get(`tracing:disque:${kind}:${stage}`) ?? 0) > 10, `${kind}: ${stage} was told of`);
      }
    }
  });

  it("in what a program prints of it, including NODE_DEBUG=disque", async () => {
    const env = { ...process.env, NODE_DEBUG: "disque" };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SWEEPING], {
      env,
      maxBuffer: 2 ** 26,
    });
    assert.match(stdout, /saw \d{3,} things/);
    assert.equal(found(stdout), undefined);
    assert.match(stderr, /^DISQUE \d+: .*connecting$/m);
    assert.match(stderr, /^DISQUE \d+: .*not connected: .*$/m);
    assert.equal(found(stderr), undefined);
  });
});
