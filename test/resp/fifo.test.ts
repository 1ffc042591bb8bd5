import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Fifo } from "../../src/resp/fifo.ts";
import { seededRandom } from "../support/random.ts";

describe("a Fifo", () => {
  it("gives nothing when it is empty", () => {
    const fifo = new Fifo<number>();
    assert.equal(fifo.shift(), undefined);
    assert.equal(fifo.length, 0);
    assert.deepEqual([...fifo], []);
  });

  it("gives back first what came first, however pushes and shifts are mixed", () => {
    const random = seededRandom(42);
    const fifo = new Fifo<number>();
    const model: number[] = [];
    let pushed = 0;
    let head = 0;
    // Waves, so that it grows beyond the gap at its front, is emptied, and grows again.
    for (let step = 0; step < 200_000; step++) {
      const growing = Math.floor(step / 10_000) % 2 === 0;
      if (random() < (growing ? 0.7 : 0.3)) {
        model.push(pushed);
        fifo.push(pushed++);
      } else {
        assert.equal(fifo.shift(), model[head]);
        if (head < model.length) head++;
      }
      assert.equal(fifo.length, model.length - head);
      if (step % 5000 === 0) assert.deepEqual([...fifo], model.slice(head));
    }
  });

  it("takes ten thousand and gives them back", () => {
    const fifo = new Fifo<string>();
    for (let item = 0; item < 10_000; item++) fifo.push(`${item}`);
    for (let item = 0; item < 10_000; item++) assert.equal(fifo.shift(), `${item}`);
    assert.equal(fifo.length, 0);
  });
});
