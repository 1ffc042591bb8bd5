import assert from "node:assert/strict";
import type { lookup } from "node:dns";
import { isIP } from "node:net";
import { describe, it } from "node:test";
import { lookupFor } from "../../../src/cluster/addresses/announced.ts";
import type { Endpoint } from "../../../src/resp/index.ts";
import { announced, at, hello, topology } from "../hellos.ts";

const ELSEWHERE: readonly Endpoint[] = [{ host: "10.0.0.1", port: 7711 }];

/** The result of resolving a name with these addresses, or the error. */
function find(listed: readonly Endpoint[], all: boolean, ...addresses: string[]): Promise<unknown> {
  const resolve = (_name: string, _options: unknown, found: (...args: unknown[]) => void): void => {
    found(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
  };
  return new Promise((settle) => {
    lookupFor(listed, resolve as typeof lookup)("evil.example", { all }, (error, address) =>
      settle(error ?? address),
    );
  });
}

describe("the name of an announced node", () => {
  it("resolves to addresses that may be dialled", async () => {
    assert.deepEqual(await find(ELSEWHERE, true, "10.0.0.2", "2001:db8::2"), [
      { address: "10.0.0.2", family: 4 },
      { address: "2001:db8::2", family: 6 },
    ]);
    assert.equal(await find(ELSEWHERE, false, "10.0.0.2", "10.0.0.3"), "10.0.0.2");
  });

  for (const address of [
    "127.0.0.1",
    "::1",
    "169.254.169.254",
    "fe80::1",
    "0.0.0.0",
    "::ffff:127.0.0.1",
    "64:ff9b::a9fe:a9fe",
  ])
    it(`does not resolve to ${address}, and the error says so`, async () => {
      for (const all of [true, false])
        assert.match(
          String(await find(ELSEWHERE, all, address)),
          /evil\.example resolves to .*, where announced nodes are not dialled/,
        );
      assert.equal(await find(ELSEWHERE, false, address, "10.0.0.2"), "10.0.0.2");
    });

  it("may resolve to a loopback address if a listed node is on this machine", async () => {
    assert.equal(await find([{ path: "/run/disque" }], false, "127.0.0.1"), "127.0.0.1");
  });

  it("causes the error of the resolver if it cannot be resolved", async () => {
    const failure = new Error("ENOTFOUND");
    const resolve = (_name: string, _options: unknown, found: (...args: unknown[]) => void): void =>
      found(failure);
    const error = await new Promise((settle) => {
      lookupFor(ELSEWHERE, resolve as typeof lookup)("nowhere.example", { all: true }, settle);
    });
    assert.equal(error, failure);
  });

  it("is resolved with this filter, unless it is listed or returned by mapNode", () => {
    const nodes = topology(["a.example:7711"]);
    nodes.applyHello(
      at(nodes, "a.example:7711"),
      hello("a", announced("a", "a.example:7711"), announced("b", "b.example:7711")),
    );
    assert.equal(at(nodes, "a.example:7711").address.lookup, undefined);
    assert.equal(typeof at(nodes, "b.example:7711").address.lookup, "function");
    const mapped = topology(["a.example:7711"], { mapNode: () => "127.0.0.1:7712" });
    mapped.applyHello(at(mapped, "a.example:7711"), hello("a", announced("b", "b.example:7711")));
    assert.equal(at(mapped, "127.0.0.1:7712").address.lookup, undefined);
  });
});
