import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { announced, at, hello, id, names, topology } from "./hellos.ts";

const A = "10.0.0.1:7711";
const B = "10.0.0.2:7711";
const C = "10.0.0.3:7711";

describe("mapNode", () => {
  it("returns where an announced node is dialled, even at addresses that are otherwise refused", () => {
    const known = topology([A], {
      mapNode: ({ port }) =>
        port === 7712 ? "disques://:secret@127.0.0.1:17712" : { host: "proxy", port: 1 },
    });
    known.applyHello(
      at(known, A),
      hello("a", announced("a", A), announced("b", "0.0.0.0:7712"), announced("c", C)),
    );
    assert.deepEqual(names(known.nodes), [A, "127.0.0.1:17712", "proxy:1"]);
    const { address, id: itsId } = at(known, "127.0.0.1:17712");
    assert.deepEqual([address.password, address.tls, itsId], ["secret", true, id("b")]);
  });

  it("is called for each announced node, except the one that answers", () => {
    const seen: unknown[] = [];
    const known = topology([A], {
      mapNode(node) {
        seen.push(node);
        return null;
      },
    });
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 10)));
    assert.deepEqual(seen, [{ id: id("b"), host: "10.0.0.2", port: 7711, priority: 10 }]);
  });

  it("refuses a node by returning null", () => {
    const known = topology([A], { mapNode: () => null });
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B)));
    assert.deepEqual(names(known.nodes), [A]);
  });

  it("may return the address of a listed node, which then gets the announced id and priority", () => {
    const known = topology([A, "b.example:1"], { mapNode: () => "b.example:1" });
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 10)));
    assert.deepEqual(names(known.nodes), [A, "b.example:1"]);
    assert.deepEqual([at(known, "b.example:1").id, at(known, "b.example:1").priority], [id("b"), 10]);
  });

  it("leaves the nodes unchanged if it throws or returns a bad address, and the error is thrown", () => {
    const failure = new Error("no");
    let map = (): string => B;
    const known = topology([A], { mapNode: () => map() });
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", C)));
    map = () => {
      throw failure;
    };
    const more = hello("a", announced("a", A), announced("c", C));
    assert.throws(() => known.applyHello(at(known, A), more), failure);
    map = () => "no port:x";
    assert.throws(() => known.applyHello(at(known, A), more), TypeError);
    assert.deepEqual(names(known.nodes), [A, B]);
  });

  it("may return its own password and TLS options; by default they are those of the announcing node", () => {
    const nodes = topology(["disques://:secret@10.0.0.1:7711"], {
      mapNode: ({ host, port }) => ({ host, port, password: "other", tls: false }),
    });
    nodes.applyHello(
      at(nodes, "10.0.0.1:7711"),
      hello("a", announced("a", "10.0.0.1:7711"), announced("b", "10.0.0.2:7711")),
    );
    const { address } = at(nodes, "10.0.0.2:7711");
    assert.deepEqual([address.password, address.tls], ["other", false]);
  });
});
