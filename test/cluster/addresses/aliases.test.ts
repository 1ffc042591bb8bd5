import assert from "node:assert/strict";
import type { lookup } from "node:dns";
import { isIP } from "node:net";
import { describe, it } from "node:test";
import { parseAddress, type ResolvableNode, resolveNames } from "../../../src/cluster/addresses/address.ts";
import { rejection } from "../../client/scripted.ts";

function listed(address: string, state: Partial<ResolvableNode> = {}): ResolvableNode {
  return { address: parseAddress(address), listed: true, reached: false, aliases: [], ...state };
}

/** A resolver that knows these names, and never answers for the name `slow`. */
function resolver(known: Readonly<Record<string, readonly string[]>>, asked: string[] = []): typeof lookup {
  const resolve = (name: string, _options: unknown, found: (...args: unknown[]) => void): void => {
    asked.push(name);
    if (name === "slow") return;
    const addresses = known[name]?.map((address) => ({ address, family: isIP(address) }));
    if (addresses === undefined) found(new Error(`getaddrinfo ENOTFOUND ${name}`));
    else found(null, addresses);
  };
  return resolve as typeof lookup;
}

describe("the host name of a listed node", () => {
  it("leads to addresses as nodes announce them", async () => {
    const node = listed("disque.example:7712");
    await resolveNames([node], undefined, resolver({ "disque.example": ["10.0.0.1", "2001:db8::1"] }));
    assert.deepEqual(node.aliases, ["10.0.0.1:7712", "[2001:db8::1]:7712"]);
  });

  it("is looked up only while the node was never reached, and if it is a name", async () => {
    const asked: string[] = [];
    const nodes = [
      listed("10.0.0.1:7711"),
      listed("[2001:db8::1]:7711"),
      listed("unix:/run/disque.sock"),
      listed("reached.example", { reached: true }),
      listed("announced.example", { listed: false }),
      listed("asked.example"),
    ];
    await resolveNames(nodes, undefined, resolver({ "asked.example": ["10.0.0.2"] }, asked));
    assert.deepEqual(asked, ["asked.example"]);
  });

  it("leads nowhere if it cannot be resolved, and keeps what was known", async () => {
    const nodes = [listed("gone.example"), listed("known.example", { aliases: ["10.0.0.3:7711"] })];
    await resolveNames(nodes, undefined, resolver({}));
    assert.deepEqual(
      nodes.map(({ aliases }) => aliases),
      [[], ["10.0.0.3:7711"]],
    );
  });

  it("is not waited for if the resolver is slow, but the others are known", async () => {
    const nodes = [listed("slow"), listed("fast.example")];
    await resolveNames(nodes, undefined, resolver({ "fast.example": ["10.0.0.4"] }));
    assert.deepEqual(
      nodes.map(({ aliases }) => aliases),
      [[], ["10.0.0.4:7711"]],
    );
  });

  it("is no longer waited for when the signal is aborted", async () => {
    const reason = new Error("no longer wanted");
    const controller = new AbortController();
    const waiting = rejection(resolveNames([listed("slow")], controller.signal, resolver({})));
    controller.abort(reason);
    assert.equal(await waiting, reason);
  });
});
