import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { ConnectionError, Disque, type DisqueOptions, type NodeAddress } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { NOBODY, rejection } from "./scripted.ts";

const SECRET = "s3cr3t";

/** Every text form in which a value might be logged. */
function written(value: unknown): string {
  const nested = value instanceof ConnectionError ? value.errors.map(written) : [];
  const cause = value instanceof Error && value.cause !== undefined ? [written(value.cause)] : [];
  const parts = value instanceof Error ? [value.message, value.stack] : [];
  return [
    String(value),
    inspect(value, { depth: 10, showHidden: true }),
    inspect(value, { depth: 10, getters: true }),
    JSON.stringify(value),
    ...parts,
    ...nested,
    ...cause,
  ].join("\n");
}

function assertSilent(value: unknown): void {
  assert.ok(!written(value).includes(SECRET), written(value));
}

const MALFORMED: readonly unknown[] = [
  `disque://:${SECRET}@host:99999`,
  `disque://:${SECRET}@host:port`,
  `disque://:${SECRET}@`,
  `disque://:${SECRET}@:7711`,
  `disque://${SECRET}@host`,
  `disque://user:${SECRET}@host`,
  `disque://${SECRET}:@host`,
  `disque://:%zz${SECRET}@host`,
  `disque://:${SECRET}`,
  `disque://:${SECRET}/@host:x`,
  `disque://:a@${SECRET}@host:x`,
  `disque://:${SECRET}@host/path`,
  `disque://:${SECRET}@host?query`,
  `disque://:${SECRET}@[::1`,
  `disque://:${SECRET}@ho st`,
  `disques://:${SECRET}@host:0`,
  `redis://:${SECRET}@host:7711`,
  `http://user:${SECRET}@host`,
  `:${SECRET}@host:7711`,
  `${SECRET}@host`,
  `//:${SECRET}@host`,
  `disque://:${SECRET}/x`,
  `disque://h:7711:${SECRET}`,
  `disque://host:7711/?password=${SECRET}`,
  `disque:/:${SECRET}`,
  `disque:\\\\:${SECRET}`,
  `\ndisque://:${SECRET}`,
  `redis://:${SECRET}`,
  `//:${SECRET}`,
  `host@:${SECRET}`,
  `host:7711?password=${SECRET}`,
  `host:${SECRET}`,
  `:${SECRET}`,
  `[${SECRET}`,
  { host: `disque://:${SECRET}@host`, port: 7711 },
  { host: `:${SECRET}@host`, port: 7711 },
  { host: "host", port: 0, password: SECRET },
  { host: `disque://:${SECRET}`, port: 7711 },
  { host: `:${SECRET}`, port: 7711 },
  { host: "host", port: SECRET },
  { host: "host", tls: SECRET },
  { host: "ho st", password: SECRET },
  { host: "host", port: 7711, password: [SECRET] },
  { password: SECRET },
];

describe("a password is never shown", () => {
  for (const node of MALFORMED) {
    it(`in the error for a bad address: ${JSON.stringify(node).replaceAll(SECRET, "***")}`, () => {
      assert.throws(
        () => Reflect.construct(Disque, [node]),
        (error) => {
          assert.ok(error instanceof TypeError || error instanceof RangeError);
          assertSilent(error);
          return true;
        },
      );
    });
  }

  it("in the error for a bad address, even if it has digits only", () => {
    for (const node of ["redis://:31415926/", "redis://:31415926", "host@:31415926", "disque://:31415926"])
      assert.throws(
        () => new Disque(node),
        (error) => !written(error).includes("31415926"),
      );
  });

  it("in the error for a bad option", () => {
    for (const options of [
      { password: [SECRET] },
      { password: { text: SECRET } },
      { password: SECRET, name: "a b" },
    ])
      assert.throws(
        () => Reflect.construct(Disque, ["host", options]),
        (error) => {
          assertSilent(error);
          return true;
        },
      );
  });

  const given: readonly [string, (server: TestServer) => [NodeAddress, DisqueOptions?]][] = [
    ["an option", (server) => [server.address, { password: SECRET }]],
    ["a URL", (server) => [`disque://:${SECRET}@${server.address}`]],
    ["an address's parts", ({ host, port }) => [{ host, port, password: SECRET }]],
  ];
  for (const [what, nodesOf] of given) {
    it(`by a client that has it from ${what}, nor in its errors`, async () => {
      await using server = await TestServer.start({ password: SECRET });
      const [address, options] = nodesOf(server);
      await using disque = new Disque(address, { failoverTimeout: 0, ...options });
      const seen: unknown[] = [];
      for (const event of ["connect", "disconnect", "switch", "topology"] as const)
        disque.on(event, (...args: unknown[]) => seen.push(...args));
      assertSilent(disque);
      await disque.ping();
      const waiting = rejection(disque.getJob("q"));
      assertSilent(disque);
      assertSilent([disque.cluster, disque.config, Object.getPrototypeOf(disque)]);
      assertSilent(await rejection(disque.call("NOSUCH")));
      await server.faults.kill();
      assertSilent(await waiting);
      assertSilent(await rejection(disque.ping()));
      assert.ok(seen.length > 0);
      for (const arg of seen) assertSilent(arg);
    });

    it(`in the error when it is refused, given as ${what}`, async () => {
      await using server = await TestServer.start({ password: "another" });
      const [address, options] = nodesOf(server);
      await using disque = new Disque(address, options);
      assertSilent(await rejection(disque.connect()));
      assertSilent(disque);
    });
  }

  it("in the error for an unreachable node", async () => {
    await using disque = new Disque(`disque://:${SECRET}@${NOBODY}`, {
      password: SECRET,
      failoverTimeout: 0,
    });
    assertSilent(await rejection(disque.ping()));
    assertSilent(disque);
  });

  it("by call() when it refuses to send AUTH", async () => {
    await using disque = new Disque();
    assertSilent(await rejection(disque.call("AUTH", SECRET)));
  });
});
