import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { announced, at, hello, id, names, topology } from "./hellos.ts";

const A = "10.0.0.1:7711";
const B = "10.0.0.2:7711";
const C = "10.0.0.3:7711";

describe("the nodes that a client knows", () => {
  it("are the listed ones at first, in their order, each once, and not heard of", () => {
    const known = topology([B, A, B, "unix:/run/disque", "[fe80::1]:1"]);
    assert.deepEqual(names(known.members), [B, A, "unix:/run/disque", "[fe80::1]:1"]);
    for (const { listed, id, priority } of known.members)
      assert.deepEqual([listed, id, priority], [true, "", 5]);
  });

  it("are those that one of them announces too", () => {
    const known = topology([A]);
    const change = known.learn(
      at(known, A),
      hello("a", announced("a", A), announced("b", B), announced("c", C, 10)),
    );
    assert.deepEqual(names(known.members), [A, B, C]);
    assert.deepEqual(names(change.added), [B, C]);
    assert.deepEqual(change.removed, []);
    assert.equal(change.any, true);
    assert.deepEqual(
      known.members.map(({ id, priority, listed }) => [id, priority, listed]),
      [
        [id("a"), 1, true],
        [id("b"), 1, false],
        [id("c"), 10, false],
      ],
    );
  });

  it("are found when they join later, and forgotten when they are announced no more", () => {
    const known = topology([A]);
    const from = at(known, A);
    known.learn(from, hello("a", announced("a", A), announced("b", B)));
    const change = known.learn(from, hello("a", announced("a", A), announced("c", C)));
    assert.deepEqual(names(known.members), [A, C]);
    assert.deepEqual([names(change.added), names(change.removed), change.any], [[C], [B], true]);
  });

  it("stay the same objects from one HELLO to the next", () => {
    const known = topology([A]);
    const answer = hello("a", announced("a", A), announced("b", B));
    known.learn(at(known, A), answer);
    const before = [...known.members];
    const change = known.learn(at(known, A), answer);
    assert.deepEqual(change, { added: [], removed: [], any: false });
    for (const [index, member] of known.members.entries()) assert.equal(member, before[index]);
  });

  it("are never fewer than the listed ones", () => {
    const known = topology([A, B]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B)));
    const change = known.learn(at(known, A), hello("a", announced("a", A)));
    assert.deepEqual(names(known.members), [A, B]);
    assert.deepEqual(change.removed, []);
    assert.equal(at(known, B).priority, 5);
    assert.deepEqual(known.learn(at(known, A), hello("a")).removed, []);
  });

  it("include the one that answers, though it was not listed and does not announce itself", () => {
    const known = topology([A]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B)));
    known.learn(at(known, B), hello("b", announced("c", C)));
    assert.deepEqual(names(known.members), [A, B, C]);
  });

  it("are only the listed ones with `discover: false`, of which it is still learned how they are", () => {
    const known = topology([A, B], { discover: false });
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 10), announced("c", C)));
    assert.deepEqual(names(known.members), [A, B]);
    assert.deepEqual([at(known, B).id, at(known, B).priority], [id("b"), 10]);
    assert.equal(known.byId(id("c")), undefined);
  });

  it("are at most 1,024 announced ones, be there as many as there may", () => {
    const known = topology([A]);
    const many = Array.from({ length: 5_000 }, (_, n) =>
      announced(`b${n + 10_000}`, `10.1.${n >> 8}.${n & 255}:7711`),
    );
    known.learn(at(known, A), hello("a", announced("a", A), ...many));
    assert.equal(known.members.length, 1_024);
  });
});

describe("what a node says of itself", () => {
  it("is taken for it although its host is empty, as it is before it met another", () => {
    const known = topology([A]);
    known.learn(at(known, A), hello("a", announced("a", ":7711")));
    assert.deepEqual(names(known.members), [A]);
    assert.deepEqual([at(known, A).id, at(known, A).priority], [id("a"), 1]);
  });

  it("changes its id when another node listens there now", () => {
    const known = topology([A]);
    known.learn(at(known, A), hello("a", announced("a", A)));
    const change = known.learn(at(known, A), hello("b", announced("b", A)));
    assert.deepEqual([at(known, A).id, change.any, names(known.members)], [id("b"), true, [A]]);
    assert.equal(known.byId(id("a")), undefined);
  });

  it("counts more than that another one is said to be at its address", () => {
    for (const stale of [100, 5]) {
      const known = topology([A]);
      known.learn(at(known, A), hello("a", announced("a", ":7711"), announced("b", A, stale)));
      assert.deepEqual([at(known, A).id, at(known, A).priority], [id("a"), 1]);
      assert.deepEqual(names(known.members), [A]);
    }
  });
});

describe("an announced node", () => {
  it("that is listed under another address is dialled where it is listed", () => {
    const known = topology(["disque.example:7711", "b.example:7711"]);
    known.learn(at(known, "b.example:7711"), hello("b", announced("b", B), announced("a", A)));
    // Only now is it known who disque.example is.
    known.learn(at(known, "disque.example:7711"), hello("a", announced("a", A), announced("b", B)));
    assert.deepEqual(names(known.members), ["disque.example:7711", "b.example:7711"]);
    assert.deepEqual(known.byId(id("a")), at(known, "disque.example:7711"));
  });

  it("whose id changes at a listed address is that listed one", () => {
    const known = topology([A, B]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B)));
    const change = known.learn(at(known, A), hello("a", announced("a", A), announced("c", B)));
    assert.deepEqual([names(known.members), at(known, B).id, change.any], [[A, B], id("c"), true]);
    assert.deepEqual(change.added, []);
  });

  it("is the working one where a gone one is announced at the same address, whichever comes first", () => {
    const gone = announced("b", B, 100);
    const working = announced("c", B, 1);
    for (const both of [
      [gone, working],
      [working, gone],
    ]) {
      for (const listed of [[A, B], [A]]) {
        const known = topology(listed);
        known.learn(at(known, A), hello("a", announced("a", A), ...both));
        assert.deepEqual(
          [names(known.members), at(known, B).id, at(known, B).priority],
          [[A, B], id("c"), 1],
        );
      }
    }
  });

  it("whose address changes is dialled at the new one", () => {
    const known = topology([A]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B)));
    const change = known.learn(at(known, A), hello("a", announced("a", A), announced("b", C)));
    assert.deepEqual([names(change.added), names(change.removed)], [[C], [B]]);
    assert.equal(known.byId(id("b")), at(known, C));
  });

  it("that is announced twice is known once, as it is announced last", () => {
    const known = topology([A]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 10), announced("b", C)));
    assert.deepEqual(names(known.members), [A, B]);
    assert.equal(at(known, B).priority, 1);
  });

  it("is passed over while it is new and not linked, for its id may be made up", () => {
    const known = topology([A]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 5)));
    assert.deepEqual(names(known.members), [A]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 1)));
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 5)));
    assert.deepEqual([names(known.members), at(known, B).priority], [[A, B], 5]);
  });

  it("that is listed and not linked is known by its address", () => {
    const known = topology([A, B]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 5)));
    assert.deepEqual([at(known, B).id, at(known, B).priority], [id("b"), 5]);
  });

  it("without an address is passed over, but heard of when it is known", () => {
    const known = topology([A]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", ":0")));
    assert.deepEqual(names(known.members), [A]);
    const listed = topology([A, B]);
    listed.learn(at(listed, A), hello("a", announced("a", A), announced("b", B)));
    listed.learn(at(listed, A), hello("a", announced("a", A), announced("b", ":0", 100)));
    assert.equal(at(listed, B).priority, 100);
  });

  it("that must not be dialled is passed over", () => {
    const known = topology([A]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", "169.254.169.254:80")));
    assert.deepEqual(names(known.members), [A]);
  });

  it("may have two names among the listed ones, which share what is said of it", () => {
    const known = topology(["localhost:7711", "127.0.0.1:7711", B]);
    known.learn(at(known, "localhost:7711"), hello("a", announced("a", ":7711"), announced("b", B)));
    assert.deepEqual(
      known.members.map(({ id, priority }) => [id, priority]),
      [
        [id("a"), 1],
        ["", 5],
        [id("b"), 1],
      ],
    );
    known.learn(at(known, "127.0.0.1:7711"), hello("a", announced("a", ":7711"), announced("b", B, 100)));
    known.learn(at(known, "localhost:7711"), hello("a", announced("a", ":7711", 100), announced("b", B)));
    assert.deepEqual(
      known.members.map(({ name, id, priority }) => [name, id, priority]),
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
  known.learn(at(known, A), hello("aa", announced("aa", A), announced("ab", C)));

  it("is found by its id", () => {
    assert.equal(known.byId(id("aa")), at(known, A));
    assert.equal(known.byId(id("ab")), at(known, C));
    assert.equal(known.byId(id("ac")), undefined);
  });

  it("is found by how its id begins, as a job's does", () => {
    assert.equal(known.byPrefix("ab000000"), at(known, C));
    assert.equal(known.byPrefix("ac000000"), undefined);
  });

  it("of which nothing is known is not found so", () => {
    assert.equal(known.byId(""), undefined);
    assert.equal(topology([A]).byPrefix(""), undefined);
  });
});

it("an announced node is spoken to as the one that announced it, with its password and TLS", () => {
  const nodes = topology(["disques://:secret@10.0.0.1:7711"]);
  nodes.learn(
    at(nodes, "10.0.0.1:7711"),
    hello("a", announced("a", "10.0.0.1:7711"), announced("b", "10.0.0.2:7711")),
  );
  const { address } = at(nodes, "10.0.0.2:7711");
  assert.deepEqual([address.password, address.tls], ["secret", true]);
});
