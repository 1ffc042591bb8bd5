import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Topology } from "../../src/cluster/topology.ts";
import { announced, at, hello, id, names, topology } from "./hellos.ts";

const A = "10.0.0.1:7711";
const B = "10.0.0.2:7711";
const C = "10.0.0.3:7711";

describe("the nodes known to a client", () => {
  it("are at first the listed ones in order, each once, without ids", () => {
    const known = topology([B, A, B, "unix:/run/disque", "[fe80::1]:1"]);
    assert.deepEqual(names(known.nodes), [B, A, "unix:/run/disque", "[fe80::1]:1"]);
    for (const { listed, id, priority } of known.nodes)
      assert.deepEqual([listed, id, priority], [true, "", 5]);
  });

  it("include those that a node announces", () => {
    const known = topology([A]);
    const change = known.applyHello(
      at(known, A),
      hello("a", announced("a", A), announced("b", B), announced("c", C, 10)),
    );
    assert.deepEqual(names(known.nodes), [A, B, C]);
    assert.deepEqual(names(change.added), [B, C]);
    assert.deepEqual(change.removed, []);
    assert.equal(change.any, true);
    assert.deepEqual(
      known.nodes.map(({ id, priority, listed }) => [id, priority, listed]),
      [
        [id("a"), 1, true],
        [id("b"), 1, false],
        [id("c"), 10, false],
      ],
    );
  });

  it("are added when they join later, and forgotten when they are no longer announced", () => {
    const known = topology([A]);
    const from = at(known, A);
    known.applyHello(from, hello("a", announced("a", A), announced("b", B)));
    const change = known.applyHello(from, hello("a", announced("a", A), announced("c", C)));
    assert.deepEqual(names(known.nodes), [A, C]);
    assert.deepEqual([names(change.added), names(change.removed), change.any], [[C], [B], true]);
  });

  it("remain the same objects from one HELLO to the next", () => {
    const known = topology([A]);
    const answer = hello("a", announced("a", A), announced("b", B));
    known.applyHello(at(known, A), answer);
    const before = [...known.nodes];
    const change = known.applyHello(at(known, A), answer);
    assert.deepEqual(change, { added: [], removed: [], any: false });
    for (const [index, node] of known.nodes.entries()) assert.equal(node, before[index]);
  });

  it("always include the listed ones", () => {
    const known = topology([A, B]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B)));
    const change = known.applyHello(at(known, A), hello("a", announced("a", A)));
    assert.deepEqual(names(known.nodes), [A, B]);
    assert.deepEqual(change.removed, []);
    assert.equal(at(known, B).priority, 5);
    assert.deepEqual(known.applyHello(at(known, A), hello("a")).removed, []);
  });

  it("include the node that answers, even if it is not listed and does not announce itself", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B)));
    known.applyHello(at(known, B), hello("b", announced("c", C)));
    assert.deepEqual(names(known.nodes), [A, B, C]);
  });

  it("are only the listed ones with `discover: false`, but their ids and priorities are learned", () => {
    const known = topology([A, B], { discover: false });
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 10), announced("c", C)));
    assert.deepEqual(names(known.nodes), [A, B]);
    assert.deepEqual([at(known, B).id, at(known, B).priority], [id("b"), 10]);
    assert.equal(known.byId(id("c")), undefined);
  });

  it("include at most 1,024 announced ones", () => {
    const known = topology([A]);
    const many = Array.from({ length: 5_000 }, (_, n) =>
      announced(`b${n + 10_000}`, `10.1.${n >> 8}.${n & 255}:7711`),
    );
    known.applyHello(at(known, A), hello("a", announced("a", A), ...many));
    assert.equal(known.nodes.length, 1_024);
  });
});

describe("a node's reply to HELLO", () => {
  it("describes the node itself even if its host is empty, as before it has met another node", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", ":7711")));
    assert.deepEqual(names(known.nodes), [A]);
    assert.deepEqual([at(known, A).id, at(known, A).priority], [id("a"), 1]);
  });

  it("updates the id of an address when another node listens there", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", A)));
    const change = known.applyHello(at(known, A), hello("b", announced("b", A)));
    assert.deepEqual([at(known, A).id, change.any, names(known.nodes)], [id("b"), true, [A]]);
    assert.equal(known.byId(id("a")), undefined);
  });

  it("determines the node's own id, even if another node is announced at its address", () => {
    for (const stale of [100, 5]) {
      const known = topology([A]);
      known.applyHello(at(known, A), hello("a", announced("a", ":7711"), announced("b", A, stale)));
      assert.deepEqual([at(known, A).id, at(known, A).priority], [id("a"), 1]);
      assert.deepEqual(names(known.nodes), [A]);
    }
  });
});

describe("an announced node", () => {
  it("that is listed under another address is known once, by the listed address", () => {
    const known = topology(["disque.example:7711", "b.example:7711"]);
    known.applyHello(at(known, "b.example:7711"), hello("b", announced("b", B), announced("a", A)));
    // The id of disque.example only becomes known here.
    known.applyHello(at(known, "disque.example:7711"), hello("a", announced("a", A), announced("b", B)));
    assert.deepEqual(names(known.nodes), ["disque.example:7711", "b.example:7711"]);
    assert.deepEqual(known.byId(id("a")), at(known, "disque.example:7711"));
  });

  describe("at an address that a listed name leads to", () => {
    const NAMES = ["a.example:7711", "b.example:7711"];
    const answer = hello("a", announced("a", A), announced("b", B), announced("c", C));

    it("is the listed node, although only its address is announced and it was never reached", () => {
      const known = topology(NAMES);
      at(known, "a.example:7711").reached = true;
      at(known, "b.example:7711").aliases = [B, "[::1]:7711"];
      known.applyHello(at(known, "a.example:7711"), answer);
      assert.deepEqual(names(known.nodes), [...NAMES, C]);
      const { id: found, priority } = at(known, "b.example:7711");
      assert.deepEqual([found, priority], [id("b"), 1]);
    });

    it("is merged with it once the name has been resolved", () => {
      const known = topology(NAMES);
      known.applyHello(at(known, "a.example:7711"), answer);
      assert.deepEqual(names(known.nodes), [...NAMES, B, C]);
      at(known, "b.example:7711").aliases = [B];
      const { removed } = known.applyHello(at(known, "a.example:7711"), answer);
      assert.deepEqual([names(known.nodes), names(removed)], [[...NAMES, C], [B]]);
      assert.equal(known.byId(id("b")), at(known, "b.example:7711"));
    });

    it("follows when the name leads to another node", () => {
      const known = topology(NAMES);
      at(known, "b.example:7711").aliases = [B];
      known.applyHello(at(known, "a.example:7711"), answer);
      at(known, "b.example:7711").aliases = [C];
      known.applyHello(at(known, "a.example:7711"), hello("a", announced("a", A), announced("c", C)));
      assert.deepEqual([names(known.nodes), at(known, "b.example:7711").id], [NAMES, id("c")]);
    });

    it("is another node if the name leads to several, or if the listed node was reached or answers", () => {
      for (const change of [
        (known: Topology) => Object.assign(at(known, "b.example:7711"), { aliases: [B, C] }),
        (known: Topology) => Object.assign(at(known, "b.example:7711"), { aliases: [B], reached: true }),
        (known: Topology) => Object.assign(at(known, "a.example:7711"), { aliases: [B] }),
      ]) {
        const known = topology(NAMES);
        change(known);
        known.applyHello(at(known, "a.example:7711"), answer);
        assert.deepEqual(names(known.nodes), [...NAMES, B, C]);
      }
    });
  });

  it("at a listed address is the listed node, also when its id changes", () => {
    const known = topology([A, B]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B)));
    const change = known.applyHello(at(known, A), hello("a", announced("a", A), announced("c", B)));
    assert.deepEqual([names(known.nodes), at(known, B).id, change.any], [[A, B], id("c"), true]);
    assert.deepEqual(change.added, []);
  });

  it("replaces a failed one announced at the same address, in either order", () => {
    const gone = announced("b", B, 100);
    const working = announced("c", B, 1);
    for (const both of [
      [gone, working],
      [working, gone],
    ]) {
      for (const listed of [[A, B], [A]]) {
        const known = topology(listed);
        known.applyHello(at(known, A), hello("a", announced("a", A), ...both));
        assert.deepEqual([names(known.nodes), at(known, B).id, at(known, B).priority], [[A, B], id("c"), 1]);
      }
    }
  });

  it("is dialled at its new address when that changes", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B)));
    const change = known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", C)));
    assert.deepEqual([names(change.added), names(change.removed)], [[C], [B]]);
    assert.equal(known.byId(id("b")), at(known, C));
  });

  it("that is announced twice is known once, with the last priority", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 10), announced("b", C)));
    assert.deepEqual(names(known.nodes), [A, B]);
    assert.equal(at(known, B).priority, 1);
  });

  it("is ignored while it is new and not linked, since its id may be temporary", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 5)));
    assert.deepEqual(names(known.nodes), [A]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 1)));
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 5)));
    assert.deepEqual([names(known.nodes), at(known, B).priority], [[A, B], 5]);
  });

  it("that is not linked is known if its address is listed", () => {
    const known = topology([A, B]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 5)));
    assert.deepEqual([at(known, B).id, at(known, B).priority], [id("b"), 5]);
  });

  it("without an address is ignored, except for the priority of a known node", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", ":0")));
    assert.deepEqual(names(known.nodes), [A]);
    const listed = topology([A, B]);
    listed.applyHello(at(listed, A), hello("a", announced("a", A), announced("b", B)));
    listed.applyHello(at(listed, A), hello("a", announced("a", A), announced("b", ":0", 100)));
    assert.equal(at(listed, B).priority, 100);
  });

  it("at an address that must not be dialled is ignored", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", "169.254.169.254:80")));
    assert.deepEqual(names(known.nodes), [A]);
  });

  it("may be listed twice; both entries then have its id and priority", () => {
    const known = topology(["localhost:7711", "127.0.0.1:7711", B]);
    known.applyHello(at(known, "localhost:7711"), hello("a", announced("a", ":7711"), announced("b", B)));
    assert.deepEqual(
      known.nodes.map(({ id, priority }) => [id, priority]),
      [
        [id("a"), 1],
        ["", 5],
        [id("b"), 1],
      ],
    );
    known.applyHello(
      at(known, "127.0.0.1:7711"),
      hello("a", announced("a", ":7711"), announced("b", B, 100)),
    );
    known.applyHello(
      at(known, "localhost:7711"),
      hello("a", announced("a", ":7711", 100), announced("b", B)),
    );
    assert.deepEqual(
      known.nodes.map(({ name, id, priority }) => [name, id, priority]),
      [
        ["localhost:7711", id("a"), 100],
        ["127.0.0.1:7711", id("a"), 100],
        [B, id("b"), 1],
      ],
    );
  });
});

describe("a node", () => {
  const known = topology([A, B]);
  known.applyHello(at(known, A), hello("aa", announced("aa", A), announced("ab", C)));

  it("is found by its id", () => {
    assert.equal(known.byId(id("aa")), at(known, A));
    assert.equal(known.byId(id("ab")), at(known, C));
    assert.equal(known.byId(id("ac")), undefined);
  });

  it("is found by the first eight digits of its id, which job ids contain", () => {
    assert.equal(known.byPrefix("ab000000"), at(known, C));
    assert.equal(known.byPrefix("ac000000"), undefined);
  });

  it("without an id is not found by an empty id", () => {
    assert.equal(known.byId(""), undefined);
    assert.equal(topology([A]).byPrefix(""), undefined);
  });
});

it("that is announced gets the password and the TLS options of the node that announced it", () => {
  const nodes = topology(["disques://:secret@10.0.0.1:7711"]);
  nodes.applyHello(
    at(nodes, "10.0.0.1:7711"),
    hello("a", announced("a", "10.0.0.1:7711"), announced("b", "10.0.0.2:7711")),
  );
  const { address } = at(nodes, "10.0.0.2:7711");
  assert.deepEqual([address.password, address.tls], ["secret", true]);
});

describe("an announced node that turns out to be a listed one", () => {
  it("is known once, by the listed address", () => {
    const known = topology(["a.example:7711", "b.example:7711"]);
    known.applyHello(at(known, "a.example:7711"), hello("a", announced("a", A), announced("b", B)));
    assert.deepEqual(names(known.nodes), ["a.example:7711", "b.example:7711", B]);
    const change = known.applyHello(
      at(known, "b.example:7711"),
      hello("b", announced("a", A), announced("b", B)),
    );
    assert.deepEqual(names(known.nodes), ["a.example:7711", "b.example:7711"]);
    assert.deepEqual(names(change.removed), [B]);
    assert.equal(known.byId(id("b")), at(known, "b.example:7711"));
  });
});

describe("announced nodes", () => {
  it("can be forgotten together, and are learned again from the next HELLO", () => {
    const known = topology([A]);
    const answer = hello("a", announced("a", A), announced("b", B), announced("c", C));
    known.applyHello(at(known, A), answer);
    const forgotten = known.forgetAnnounced();
    assert.deepEqual([names(forgotten), names(known.nodes)], [[B, C], [A]]);
    assert.deepEqual([known.byId(id("b")), known.byPrefix("c0000000")], [undefined, undefined]);
    assert.equal(known.byId(id("a")), at(known, A));
    assert.deepEqual(known.forgetAnnounced(), []);
    known.applyHello(at(known, A), answer);
    assert.deepEqual(names(known.nodes), [A, B, C]);
  });

  it("are marked as such", () => {
    const known = topology([A]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B)));
    const gone = at(known, B);
    assert.equal(known.includes(gone), true);
    known.forgetAnnounced();
    assert.equal(known.includes(gone), false);
  });
});

describe("a node behind the load balancer at a listed address", () => {
  const BALANCER = "disque.example:7711";

  it("is added with its own id at the same address, once", () => {
    const known = topology([BALANCER]);
    const entry = at(known, BALANCER);
    known.applyHello(entry, hello("a", announced("a", ":7711")));
    const found = known.addBalanced(entry, id("b"));
    assert.ok(found !== undefined);
    assert.deepEqual([found.name, found.id, found.balanced, found.priority], [BALANCER, id("b"), true, 1]);
    assert.equal(known.byId(id("b")), found);
    assert.equal(known.addBalanced(entry, id("b")), undefined);
    assert.equal(known.addBalanced(entry, id("a")), undefined);
    assert.equal(known.nodes.length, 2);
  });

  it("replaces the announced one, whose address need not be reachable", () => {
    const known = topology([BALANCER]);
    const entry = at(known, BALANCER);
    const answer = hello("a", announced("a", A), announced("b", B, 10));
    known.applyHello(entry, answer);
    const found = known.addBalanced(entry, id("b"));
    assert.deepEqual(
      known.nodes.map(({ name, priority }) => [name, priority]),
      [
        [BALANCER, 1],
        [BALANCER, 10],
      ],
    );
    known.applyHello(entry, answer);
    assert.equal(known.byId(id("b")), found);
    assert.equal(known.nodes.length, 2);
  });
});

describe("with many nodes, the cost", () => {
  function crowd(count: number) {
    const known = topology([A]);
    const nodes = Array.from({ length: count }, (_, n) =>
      announced((n + 0xb0000).toString(16).padEnd(8, "0"), `10.1.${n >> 8}.${n & 255}:7711`),
    );
    const answer = hello("a", announced("a", A), ...nodes);
    const learn = () => known.applyHello(at(known, A), answer);
    learn();
    return { known, nodes, learn };
  }

  /** The shortest of several times, which other processes affect little. */
  function fastest(work: () => void): number {
    const times = Array.from({ length: 30 }, () => {
      const start = performance.now();
      work();
      return performance.now() - start;
    });
    return Math.min(...times);
  }

  it("of a HELLO is linear", () => {
    const [few, many] = [64, 1_023].map((count) => fastest(crowd(count).learn));
    assert.ok(few !== undefined && many !== undefined);
    // 16 times as many nodes; learning by comparing each with each would take 256 times as long.
    assert.ok(many < 64 * few, `${many} ms for 1,023 nodes, ${few} ms for 64`);
  });

  it("of a HELLO with as many nodes at other addresses is linear", () => {
    const [few, many] = [64, 1_023].map((count) => {
      const { known, nodes } = crowd(count);
      let turn = 0;
      return fastest(() => {
        turn++;
        const moved = nodes.map((node) => ({ ...node, port: 7711 + turn }));
        known.applyHello(at(known, A), hello("a", announced("a", A), ...moved));
      });
    });
    assert.ok(few !== undefined && many !== undefined);
    assert.ok(many < 64 * few, `${many} ms for 1,023 nodes, ${few} ms for 64`);
  });

  it("of finding a node does not depend on their number", () => {
    const [few, many] = [3, 1_023].map((count) => {
      const { known, nodes } = crowd(count);
      const last = nodes.at(-1)?.id ?? "";
      return fastest(() => {
        for (let times = 0; times < 10_000; times++) {
          known.byId(last);
          known.byPrefix(last.slice(0, 8));
        }
      });
    });
    assert.ok(few !== undefined && many !== undefined);
    // A search through all nodes would take hundreds of times as long.
    assert.ok(many < 20 * few, `${many} ms with 1,023 nodes, ${few} ms with 3`);
  });
});
