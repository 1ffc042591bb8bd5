import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { skipWithoutServer } from "../support/real-server.ts";
import type { Outcome, Plan } from "./killing.ts";

/** What comes of it in a thread of its own. Whatever goes wrong there rejects. */
async function killing(plan: Plan): Promise<Outcome> {
  const worker = new Worker(new URL("./killing.js", import.meta.url), {
    workerData: plan,
    resourceLimits: JSON.parse(process.env.RL ?? "{}"),
  });
  const ended = once(worker, "exit");
  const [outcome] = await once(worker, "message");
  await ended;
  return outcome;
}

/** Every call settles, no job is lost, none of `retry: 0` is there twice, and no reply is another call's. */
describe("a client whose node is killed with 10,000 commands in flight", () => {
  it("loses nothing, a hundred times at random moments", async () => {
    const plan = {
      on: "disque/testing",
      rounds: Number(process.env.ROUNDS ?? 50),
      inFlight: 10_000,
    } as const;
    const outcomes = await Promise.all([1, 2].map((seed) => killing({ ...plan, seed })));
    assert.equal(
      outcomes.reduce((sum, { kills }) => sum + kills, 0),
      100,
    );
    for (const { commands } of outcomes) assert.ok(commands >= 50 * 10_000);
  });

  it("loses nothing on real servers", { skip: skipWithoutServer }, async () => {
    const { kills } = await killing({ on: "real servers", seed: 3, rounds: 5, inFlight: 10_000 });
    assert.equal(kills, 5);
  });
});
