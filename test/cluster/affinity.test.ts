import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Affinity } from "../../src/cluster/affinity.ts";
import { seededRandom } from "../support/random.ts";

const A = "aaaaaaaa";
const B = "bbbbbbbb";

/**
 * A consumer, which takes jobs and moves as it is told to. A millisecond passes with each job.
 */
class Consumer {
  readonly #affinity: Affinity = new Affinity();
  place: string = A;
  /** After how many jobs it moved. */
  readonly moves: number[] = [];
  #taken = 0;

  take(birthplace: string): void {
    this.#taken++;
    this.#affinity.note(birthplace);
    const better = this.#affinity.better(this.place, this.#taken);
    if (better === undefined) return;
    this.#affinity.moved(this.#taken);
    this.place = better;
    this.moves.push(this.#taken);
  }
}

describe("a consumer's place", () => {
  it("becomes the node where all its jobs are born, within 1,000 jobs, and stays it", () => {
    const consumer = new Consumer();
    for (let n = 0; n < 1_000; n++) consumer.take(B);
    assert.equal(consumer.place, B);
    for (let n = 0; n < 100_000; n++) consumer.take(B);
    assert.equal(consumer.moves.length, 1);
  });

  it("becomes the node where nine in ten of them are born, within 1,000 jobs, and stays it", () => {
    const random = seededRandom(1);
    for (let run = 0; run < 100; run++) {
      const consumer = new Consumer();
      for (let n = 0; n < 1_000; n++) consumer.take(random() < 0.9 ? B : A);
      assert.equal(consumer.place, B);
      for (let n = 0; n < 10_000; n++) consumer.take(random() < 0.9 ? B : A);
      assert.equal(consumer.moves.length, 1);
    }
  });

  it("stays where its jobs are born", () => {
    const consumer = new Consumer();
    for (let n = 0; n < 100_000; n++) consumer.take(A);
    assert.deepEqual(consumer.moves, []);
  });

  it("stays when it is told too little to judge by", () => {
    const consumer = new Consumer();
    for (let n = 0; n < 199; n++) consumer.take(B);
    assert.deepEqual(consumer.moves, []);
  });

  it("follows the producer that moves to another node", () => {
    const consumer = new Consumer();
    for (const [index, birthplace] of [B, A, B, A].entries()) {
      for (let n = 0; n < 10_000; n++) consumer.take(birthplace);
      assert.equal(consumer.place, birthplace);
      assert.equal(consumer.moves.length, index + 1);
    }
  });

  it("stays for at least five seconds once it has moved", () => {
    const affinity = new Affinity();
    for (let n = 0; n < 200; n++) affinity.note(B);
    assert.equal(affinity.better(A, 0), B);
    affinity.moved(0);
    assert.equal(affinity.better(B, 0), undefined);
    for (let n = 0; n < 200; n++) affinity.note(A);
    assert.equal(affinity.better(B, 4_999), undefined);
    assert.equal(affinity.better(B, 5_000), A);
  });
});

describe("a consumer of two nodes that produce evenly never moves", () => {
  const JOBS = 100_000;

  it("when their jobs come one by one, in turn or by chance", () => {
    const random = seededRandom(2);
    const inTurn = new Consumer();
    const byChance = new Consumer();
    for (let n = 0; n < JOBS; n++) {
      inTurn.take(n % 2 === 0 ? A : B);
      byChance.take(random() < 0.5 ? A : B);
    }
    assert.deepEqual([inTurn.moves, byChance.moves], [[], []]);
  });

  it("when their jobs come in bursts of 100, in turn", () => {
    for (const first of [0, 1]) {
      const consumer = new Consumer();
      for (let n = 0; n < JOBS; n++) consumer.take(Math.floor(n / 100) % 2 === first ? A : B);
      assert.deepEqual(consumer.moves, []);
    }
  });

  it("when its own node's come as they are born, and the other's in portions of up to 100", () => {
    for (const seed of [3, 4, 5, 6, 7]) {
      const random = seededRandom(seed);
      const consumer = new Consumer();
      let waiting = 0;
      for (let n = 0; n < JOBS; n++) {
        if (random() < 0.5) consumer.take(A);
        else waiting++;
        if (waiting < 100) continue;
        for (; waiting > 0; waiting--) consumer.take(B);
      }
      assert.deepEqual(consumer.moves, [], `seed ${seed}`);
    }
  });
});

it("a consumer of three nodes that produce evenly never moves", () => {
  const random = seededRandom(8);
  const consumer = new Consumer();
  for (let n = 0; n < 100_000; n++) consumer.take([A, B, "cccccccc"][Math.floor(random() * 3)] ?? A);
  assert.deepEqual(consumer.moves, []);
});
