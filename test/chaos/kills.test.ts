import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { isLong } from "../support/long.ts";
import { skipWithoutServer } from "../support/real-server.ts";
import type { Outcome, Plan } from "./killing.ts";

/** Megabytes for the young generation. Thousands of calls in flight fill the default again and again. */
const resourceLimits = { maxYoungGenerationSizeMb: 192 };

/** Runs the plan in its own thread. Rejects if anything goes wrong there. */
async function killing(plan: Plan): Promise<Outcome> {
  const worker = new Worker(new URL("./killing.js", import.meta.url), { workerData: plan, resourceLimits });
  const ended = once(worker, "exit");
  const [outcome] = await once(worker, "message");
  await ended;
  return outcome;
}

const LARGE_KILLS = isLong ? 5 : 1;
const FEW = isLong ? 1_000 : 200;

/** Commands in flight at each kill: 10,000 at the first ones, fewer at the others, which take less time. */
function inFlight(kills: number): number[] {
  return Array.from({ length: kills }, (_, n) => (n < LARGE_KILLS ? 10_000 : FEW));
}

/** Every call settles, no job is lost, no job with `retry: 0` exists twice, and no call gets another call's reply. */
describe("a client that loses its node with thousands of commands in flight", { concurrency: true }, () => {
  it("loses no job when the node is killed, a hundred times at random moments", async () => {
    const seeds = [1, 2];
    const outcomes = await Promise.all(
      seeds.map((seed) => killing({ on: "disque/testing", how: "killed", seed, inFlight: inFlight(50) })),
    );
    let [kills, commands] = [0, 0];
    for (const outcome of outcomes) {
      kills += outcome.kills;
      commands += outcome.commands;
    }
    assert.equal(kills, 100);
    assert.ok(commands > 2 * LARGE_KILLS * 10_000 + 2 * (50 - LARGE_KILLS) * FEW);
  });

  it("loses no job when only the connections are lost, twenty times at random moments", async () => {
    const twenty = Array<number>(20).fill(FEW);
    const { kills } = await killing({ on: "disque/testing", how: "dropped", seed: 4, inFlight: twenty });
    assert.equal(kills, 20);
  });

  it("loses no job when real servers are killed", { skip: skipWithoutServer }, async () => {
    const { kills } = await killing({ on: "real servers", how: "killed", seed: 3, inFlight: inFlight(5) });
    assert.equal(kills, 5);
  });
});
