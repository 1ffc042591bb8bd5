import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { announced, at, hello, names, topology } from "./hellos.ts";

const A = "10.0.0.1:7711";
const B = "10.0.0.2:7711";
const C = "10.0.0.3:7711";
const D = "10.0.0.4:7711";
/** Milliseconds on the monotonic clock. */
const NOW = 1_000_000;

describe("the best node", () => {
  it("is the first listed one while nothing is known", () => {
    const known = topology([B, C, A]);
    assert.deepEqual(names(known.ranked(undefined, NOW)), [B, C, A]);
  });

  it("is the one of the lowest priority", () => {
    const known = topology([A, B]);
    const all = [announced("a", A, 100), announced("b", B, 10), announced("c", C, 5), announced("d", D)];
    known.learn(at(known, A), hello("a", announced("a", A), announced("c", C)));
    known.learn(at(known, A), hello("a", ...all));
    assert.deepEqual(names(known.ranked(undefined, NOW)), [D, C, B, A]);
    assert.deepEqual(names(known.ranked(at(known, A), NOW)), [D, C, B, A]);
  });

  it("is the current one among equals, then the first listed one, then the first announced one", () => {
    const known = topology([B, A]);
    known.learn(
      at(known, B),
      hello("b", announced("b", B), announced("d", D), announced("c", C), announced("a", A)),
    );
    assert.deepEqual(names(known.ranked(undefined, NOW)), [B, A, D, C]);
    assert.deepEqual(names(known.ranked(at(known, C), NOW)), [C, B, A, D]);
  });

  it("is none that failed this client within ten seconds, whatever is said of it", () => {
    const known = topology([A, B]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 100), announced("c", C)));
    at(known, A).failedAt = NOW - 9_999;
    assert.deepEqual(names(known.ranked(undefined, NOW)), [C, B, A]);
    assert.deepEqual(names(known.ranked(at(known, A), NOW)), [C, B, A]);
    assert.deepEqual(names(known.ranked(undefined, NOW + 1)), [A, C, B]);
  });

  it("is asked for without a change to the order of the nodes", () => {
    const known = topology([A, B]);
    at(known, A).priority = 100;
    known.ranked(undefined, NOW);
    assert.deepEqual(names(known.members), [A, B]);
  });
});

describe("a node", () => {
  it("is good when it is said to be and has not failed lately", () => {
    const known = topology([A, B]);
    known.learn(at(known, A), hello("a", announced("a", A), announced("b", B, 10), announced("c", C)));
    assert.equal(known.isGood(at(known, A), NOW), true);
    assert.equal(known.isGood(at(known, B), NOW), false);
    at(known, A).failedAt = NOW - 1;
    assert.equal(known.isGood(at(known, A), NOW), false);
    assert.equal(known.isGood(at(known, A), NOW + 10_000), true);
  });

  it("is not good when nothing is known of it, or when it is forgotten", () => {
    const known = topology([A]);
    assert.equal(known.isGood(at(known, A), NOW), false);
    known.learn(at(known, A), hello("a", announced("a", A), announced("c", C)));
    const gone = at(known, C);
    known.learn(at(known, A), hello("a", announced("a", A)));
    assert.equal(known.isGood(gone, NOW), false);
  });
});
