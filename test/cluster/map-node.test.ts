import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { announced, at, hello, id, names, topology } from "./hellos.ts";

const A = "10.0.0.1:7711";
const B = "10.0.0.2:7711";
const C = "10.0.0.3:7711";

describe("mapNode", () => {
  it("says where an announced node is dialled, whatever is allowed without it", () => {
    const known = topology([A], {
      mapNode: ({ port }) =>
        port === 7712 ? "disques://:secret@127.0.0.1:17712" : { host: "proxy", port: 1 },
    });
    known.learn(
      at(known, A),
      hello("a", announced("a", A), announced("b", "0.0.0.0:7712"), announced("c", C)),
    );
    assert.deepEqual(names(known.members), [A, "127.0.0.1:17712", "proxy:1"]);
    const { address, id: itsId } = at(known, "127.0.0.1:17712");
    assert.deepEqual([address.password, address.tls, itsId], ["secret", true, id("b")]);
  });

  it("is asked about a node with all that is said of it, not about the one that answers", () => {
    const asked: unknown[] = [];
    const known = topology([A], {
      mapNode(node) {
        asked.push(node);
        return null;
      },
    });
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 10)));
    assert.deepEqual(asked, [{ id: id("b"), host: "10.0.0.2", port: 7711, priority: 10 }]);
  });

  it("refuses a node with null", () => {
    const known = topology([A], { mapNode: () => null });
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B)));
    assert.deepEqual(names(known.members), [A]);
  });

  it("may lead to a listed node, which is that one then", () => {
    const known = topology([A, "b.example:1"], { mapNode: () => "b.example:1" });
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 10)));
    assert.deepEqual(names(known.members), [A, "b.example:1"]);
    assert.deepEqual([at(known, "b.example:1").id, at(known, "b.example:1").priority], [id("b"), 10]);
  });

  it("passes on what it throws, and that its address is bad, and the nodes stay as they were", () => {
    const failure = new Error("no");
    let map = (): string => B;
    const known = topology([A], { mapNode: () => map() });
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", C)));
    map = () => {
      throw failure;
    };
    const more = hello("a", announced("a", A), announced("c", C));
    assert.throws(() => known.learn(at(known, A), more), failure);
    map = () => "no port:x";
    assert.throws(() => known.learn(at(known, A), more), TypeError);
    assert.deepEqual(names(known.members), [A, B]);
  });

  it("may say how an announced node is spoken to, else it is as the one that announced it", () => {
    const nodes = topology(["disques://:secret@10.0.0.1:7711"], {
      mapNode: ({ host, port }) => ({ host, port, password: "other", tls: false }),
    });
    nodes.learn(
      at(nodes, "10.0.0.1:7711"),
      hello("a", announced("a", "10.0.0.1:7711"), announced("b", "10.0.0.2:7711")),
    );
    const { address } = at(nodes, "10.0.0.2:7711");
    assert.deepEqual([address.password, address.tls], ["other", false]);
  });
});
