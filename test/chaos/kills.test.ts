import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { skipWithoutServer } from "../support/real-server.ts";
import type { Outcome, Plan } from "./killing.ts";

/** Megabytes for what lives briefly: with thousands of calls under way the default is soon full, again and again. */
const resourceLimits = { maxYoungGenerationSizeMb: 192 };

/** What comes of it in a thread of its own. Whatever goes wrong there rejects. */
async function killing(plan: Plan): Promise<Outcome> {
  const worker = new Worker(new URL("./killing.js", import.meta.url), { workerData: plan, resourceLimits });
  const ended = once(worker, "exit");
  const [outcome] = await once(worker, "message");
  await ended;
  return outcome;
}

/** Of so many kills, how many commands are in flight at each: ten thousand at five of them, a thousand else. */
function inFlight(kills: number): number[] {
  return Array.from({ length: kills }, (_, n) => (n < 5 ? 10_000 : 1_000));
}

/** Every call settles, no job is lost, none of `retry: 0` is there twice, and no reply is another call's. */
describe("a client whose node is lost with thousands of commands in flight", { concurrency: true }, () => {
  it("loses nothing when the node is killed, a hundred times at random moments", async () => {
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
    assert.ok(commands > 10 * 10_000 + 90 * 1_000);
  });

  it("loses nothing when only the connections are lost, twenty times at random moments", async () => {
    const twenty = Array<number>(20).fill(1_000);
    const { kills } = await killing({ on: "disque/testing", how: "dropped", seed: 4, inFlight: twenty });
    assert.equal(kills, 20);
  });

  it("loses nothing when real servers are killed", { skip: skipWithoutServer }, async () => {
    const { kills } = await killing({ on: "real servers", how: "killed", seed: 3, inFlight: inFlight(5) });
    assert.equal(kills, 5);
  });
});
