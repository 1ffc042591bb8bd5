import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { announced, at, hello, names, topology } from "./hellos.ts";

const A = "10.0.0.1:7711";
const B = "10.0.0.2:7711";
const C = "10.0.0.3:7711";
const D = "10.0.0.4:7711";
/** Milliseconds on the monotonic clock. */
const NOW = 1_000_000;

describe("the order of nodes", () => {
  it("is that of the list if nothing else is known", () => {
    const known = topology([B, C, A]);
    assert.deepEqual(names(known.ranked(undefined, NOW)), [B, C, A]);
  });

  it("is by priority, the lowest first", () => {
    const known = topology([A, B]);
    const all = [announced("a", A, 100), announced("b", B, 10), announced("c", C, 5), announced("d", D)];
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("c", C)));
    known.applyHello(at(known, A), hello("a", ...all));
    assert.deepEqual(names(known.ranked(undefined, NOW)), [D, C, B, A]);
    assert.deepEqual(names(known.ranked(at(known, A), NOW)), [D, C, B, A]);
  });

  it("among equals starts with the current node, then listed ones, then announced ones", () => {
    const known = topology([B, A]);
    known.applyHello(
      at(known, B),
      hello("b", announced("b", B), announced("d", D), announced("c", C), announced("a", A)),
    );
    assert.deepEqual(names(known.ranked(undefined, NOW)), [B, A, D, C]);
    assert.deepEqual(names(known.ranked(at(known, C), NOW)), [C, B, A, D]);
  });

  it("puts a node last that was set aside, whatever its priority", () => {
    const known = topology([A, B]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 100), announced("c", C)));
    known.setAside(at(known, A), NOW);
    assert.deepEqual(names(known.ranked(undefined, NOW + 9_999)), [C, B, A]);
    assert.deepEqual(names(known.ranked(at(known, A), NOW + 9_999)), [C, B, A]);
    assert.deepEqual(names(known.ranked(undefined, NOW + 10_000)), [A, C, B]);
  });

  it("does not change the order in which the nodes are known", () => {
    const known = topology([A, B]);
    at(known, A).priority = 100;
    known.ranked(undefined, NOW);
    assert.deepEqual(names(known.nodes), [A, B]);
  });
});

describe("a node", () => {
  it("is good with priority 1, unless it is set aside", () => {
    const known = topology([A, B]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B, 10), announced("c", C)));
    assert.equal(known.isGood(at(known, A), NOW), true);
    assert.equal(known.isGood(at(known, B), NOW), false);
    known.setAside(at(known, A), NOW);
    assert.equal(known.isGood(at(known, A), NOW + 9_999), false);
    assert.equal(known.isGood(at(known, A), NOW + 10_000), true);
  });

  it("is not good while nothing is known about it", () => {
    const known = topology([A]);
    assert.equal(known.isGood(at(known, A), NOW), false);
  });
});

describe("a node that is set aside", () => {
  it("stays set aside twice as long each time it fails again, up to a minute", () => {
    const known = topology([A]);
    const node = at(known, A);
    let time = NOW;
    for (const cooldown of [10_000, 20_000, 40_000, 60_000, 60_000]) {
      known.setAside(node, time);
      assert.equal(node.setAsideUntil, time + cooldown);
      time += cooldown;
    }
  });

  it("is counted during that time", () => {
    const known = topology([A, B]);
    assert.equal(known.countSetAside(NOW), 0);
    known.setAside(at(known, A), NOW);
    known.setAside(at(known, B), NOW + 1_000);
    assert.equal(known.countSetAside(NOW + 9_999), 2);
    assert.equal(known.countSetAside(NOW + 10_000), 1);
    assert.equal(known.countSetAside(NOW + 11_000), 0);
    known.setAside(at(known, A), NOW + 12_000);
    known.connected(at(known, A), "");
    assert.equal(known.countSetAside(NOW + 12_001), 0);
  });

  it("counts failures during that time as one", () => {
    const known = topology([A]);
    const node = at(known, A);
    for (let n = 0; n < 100; n++) known.setAside(node, NOW);
    assert.equal(node.failures, 1);
  });

  it("is good again as soon as a connection to it is made", () => {
    const known = topology([A]);
    const node = at(known, A);
    known.applyHello(node, hello("a", announced("a", A)));
    known.setAside(node, NOW);
    assert.equal(known.isGood(node, NOW + 1), false);
    known.connected(node, node.id);
    assert.deepEqual([known.isGood(node, NOW + 1), node.failures, node.reached], [true, 0, true]);
    known.setAside(node, NOW);
    assert.equal(node.setAsideUntil, NOW + 10_000);
  });
});
