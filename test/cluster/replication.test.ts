import "../support/fake-clock.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Replication } from "../../src/cluster/replication.ts";
import { pass } from "../support/fake-clock.ts";
import { announced, hello } from "./hellos.ts";

const WELL = hello("a", announced("a", "10.0.0.1:7711"), announced("b", "10.0.0.2:7711"));
const FAILING = hello("a", announced("a", "10.0.0.1:7711"), announced("b", "10.0.0.2:7711", 10));

describe("the number of copies to ask for", () => {
  it("is the server's default at first", () => {
    assert.equal(new Replication().copies(3, 0), undefined);
  });

  it("is one less after each refusal, down to one", () => {
    for (const [size, expected] of [
      [100, [2, 1, undefined]],
      [3, [2, 1, undefined]],
      [2, [1, undefined, undefined]],
      [1, [undefined, undefined, undefined]],
    ] as const) {
      const replication = new Replication();
      const asked = [1, 2, 3].map(() => replication.reduce(replication.copies(size, 0), size));
      assert.deepEqual(asked, expected, `${size} nodes`);
    }
  });

  it("is at most the number of nodes that are not set aside, and at least one", () => {
    const replication = new Replication();
    for (const [size, setAside, expected] of [
      [3, 1, 2],
      [3, 2, 1],
      [3, 3, 1],
      [5, 1, undefined],
      [5, 2, undefined],
      [5, 3, 2],
      [1, 1, undefined],
    ] as const)
      assert.equal(replication.copies(size, setAside), expected, `${setAside} of ${size} set aside`);
    replication.reduce(2, 3);
    assert.equal(replication.copies(3, 1), 1);
    assert.equal(replication.copies(5, 1), 1);
  });

  it("is reduced once by refusals of calls that asked for the same number", () => {
    const replication = new Replication();
    const asked = [1, 2, 3].map(() => replication.reduce(undefined, 3));
    assert.deepEqual([asked, replication.copies(3, 0)], [[2, 2, 2], 2]);
  });

  it("is the server's default again when all nodes are good after half a minute", () => {
    const replication = new Replication();
    replication.reduce(undefined, 3);
    pass(29_999);
    replication.applyHello(WELL);
    assert.equal(replication.copies(3, 0), 2);
    pass(1);
    replication.applyHello(FAILING);
    assert.equal(replication.copies(3, 0), 2);
    replication.applyHello(WELL);
    assert.equal(replication.copies(3, 0), undefined);
  });

  it("stays reduced for half a minute after the last refusal", () => {
    const replication = new Replication();
    replication.reduce(undefined, 3);
    pass(20_000);
    replication.reduce(2, 3);
    pass(20_000);
    replication.applyHello(WELL);
    assert.equal(replication.copies(3, 0), 1);
  });
});
