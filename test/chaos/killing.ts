// Runs in its own thread, where node:test's promise hooks do not slow it down.

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Disque, type Job } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { seededRandom } from "../support/random.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { Load } from "./load.ts";

export interface Plan {
  readonly on: "disque/testing" | "real servers";
  /** Whether nodes are killed, or only lose connections together with replies to commands they have run. */
  readonly how: "killed" | "dropped";
  readonly seed: number;
  /** How many commands are in flight at each kill. */
  readonly inFlight: readonly number[];
}

export interface Outcome {
  readonly kills: number;
  readonly commands: number;
}

/** A cluster whose nodes can be killed. */
interface Stage extends AsyncDisposable {
  /** The nodes that are alive. */
  addresses(): string[];
  /** Kills a node without warning. */
  kill(address: string): Promise<void>;
  /** Restarts the node, where that is possible. */
  restart(): Promise<void>;
  /** Lets time pass. */
  wait(): Promise<void>;
}

async function testingStage(how: Plan["how"]): Promise<Stage> {
  const cluster = await TestCluster.start(3);
  const dead = new Set<string>();
  return {
    addresses: () => cluster.addresses,
    async kill(address) {
      const node = cluster.nodes.find((candidate) => candidate.address === address);
      if (how === "dropped") node?.faults.dropAfter(1_000);
      else {
        dead.add(address);
        await node?.faults.kill();
      }
    },
    async restart() {
      for (const node of cluster.nodes) if (dead.delete(node.address)) await node.faults.restart();
    },
    wait: async () => cluster.advance(2_000),
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

/** Killed nodes do not come back, so there are two more nodes than kills. */
async function realStage(kills: number): Promise<Stage> {
  const cluster = await RealCluster.start(kills + 2);
  const living = [...cluster.nodes];
  return {
    addresses: () => living.map((node) => node.address),
    async kill(address) {
      const [node] = living.splice(
        living.findIndex((candidate) => candidate.address === address),
        1,
      );
      await node?.stop();
    },
    restart: async () => {},
    wait: () => delay(50),
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

async function round(
  stage: Stage,
  how: Plan["how"],
  name: string,
  inFlight: number,
  random: () => number,
): Promise<number> {
  // A reply that is late on a busy machine must not make a live node look dead: its work would be counted as that of a
  // killed node.
  const options = { shuffle: true, failoverTimeout: 60_000, commandTimeout: 60_000 };
  await using disque = new Disque(stage.addresses(), options);
  const load = new Load(disque, name, how === "killed", random);
  await load.prepare();
  load.start(inFlight);
  await load.settled(Math.floor((random() * inFlight) / 2));
  const victim = disque.connectedNode?.address;
  assert.ok(victim !== undefined);
  await stage.kill(victim);
  load.stop();
  await stage.restart();
  await load.end();
  await load.check(() => fetchAll(stage.addresses(), name), stage.wait);
  return load.commands;
}

/** All jobs that are in the queue now, on any node. */
async function fetchAll(addresses: readonly string[], queue: string): Promise<Job[]> {
  const found: Job[] = [];
  for (const address of addresses) {
    await using disque = new Disque(address, { discover: false });
    for (;;) {
      const jobs = await disque.getJob(queue, { nohang: true, count: 1_000 });
      if (jobs.length === 0) break;
      await disque.ackJob(jobs);
      found.push(...jobs);
    }
  }
  return found;
}

async function run({ on, how, seed, inFlight }: Plan): Promise<Outcome> {
  await using stage = await (on === "real servers" ? realStage(inFlight.length) : testingStage(how));
  const random = seededRandom(seed);
  let commands = 0;
  for (const [n, count] of inFlight.entries())
    commands += await round(stage, how, `round-${n}`, count, random);
  return { kills: inFlight.length, commands };
}

parentPort?.postMessage(await run(workerData as Plan));
