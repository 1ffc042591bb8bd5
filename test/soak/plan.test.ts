import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../support/random.ts";
import { type Fault, lifetime, linkFaults, nodeFaults } from "./plan.ts";

function first(count: number, faults: Generator<Fault>): Fault[] {
  return Array.from({ length: count }, () => faults.next().value);
}

const kinds = (faults: readonly Fault[]): string[] =>
  faults.map((fault) => ("state" in fault ? `${fault.kind} ${fault.state}` : fault.kind)).sort();

describe("the plan of a nemesis", () => {
  it("is the same for the same seed, and differs for another", () => {
    const plan = (seed: number): Fault[] => first(50, nodeFaults(seededRandom(seed), true));
    assert.deepEqual(plan(7), plan(7));
    assert.notDeepEqual(plan(7), plan(8));
    const links = (seed: number): Fault[] => first(50, linkFaults(seededRandom(seed), ["cut"]));
    assert.deepEqual(links(7), links(7));
    assert.notDeepEqual(links(7), links(8));
  });

  it("does everything once before it repeats anything", () => {
    assert.deepEqual(kinds(first(4, nodeFaults(seededRandom(1), true))), [
      "freeze",
      "kill",
      "kill all",
      "leave",
    ]);
    assert.deepEqual(kinds(first(7, linkFaults(seededRandom(1), ["cut", "stalled"]))), [
      "part clients cut",
      "part clients lingering",
      "part clients sliced",
      "part clients stalled",
      "part nodes cut",
      "part nodes stalled",
      "reset clients",
    ]);
  });

  it("kills all nodes at once only where that is allowed", () => {
    const kinds = new Set(first(100, nodeFaults(seededRandom(1), false)).map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ["freeze", "kill", "leave"]);
  });

  it("affects each node", () => {
    const faults = first(100, nodeFaults(seededRandom(2), true));
    const nodes = new Set(faults.flatMap((fault) => ("node" in fault ? [fault.node] : [])));
    assert.deepEqual([...nodes].sort(), [0, 1, 2]);
  });
});

describe("the lifetimes of consumers", () => {
  const lifetimes = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 1_000 }, () => lifetime(random));
  };

  it("are the same for the same seed", () => {
    assert.deepEqual(lifetimes(7), lifetimes(7));
    assert.notDeepEqual(lifetimes(7), lifetimes(8));
  });

  it("are mostly 20 to 80 ms, sometimes close to 0, sometimes longer than a GETJOB waits", () => {
    const all = lifetimes(1);
    const share = (which: (milliseconds: number) => boolean): number => all.filter(which).length / all.length;
    assert.ok(share((milliseconds) => milliseconds >= 20 && milliseconds <= 80) > 0.7);
    assert.ok(share((milliseconds) => milliseconds <= 3) > 0.05);
    assert.ok(share((milliseconds) => milliseconds > 1_000) > 0.01);
  });
});
