// A process that meets every fault with calls of every kind, and must exit by itself and print nothing:
// `meeting-faults.js <some|every|real|slip>`. `some` and `every`: each fault at every moment, with one or all ways to close the
// client. `real`: with real servers. The name of a slip makes that mistake, which must be noticed.

import { Disque, type DisqueOptions } from "../../src/index.ts";
import { addJobs, bareConnection, everything, type Seen } from "./calls.ts";
import { answers, healthy, losses, realLosses, type Stage, type Stages } from "./stages.ts";
import { ended, watch } from "./watch.ts";

/** Milliseconds: faults are noticed quickly, and healthy calls have enough time. */
const IMPATIENT = { connectTimeout: 300, commandTimeout: 300, failoverTimeout: 400 };

/** When the fault strikes: before the client has connected, or afterwards, or in the middle of calls. */
const MOMENTS: readonly Moment[] = [
  { connected: false, pause: async () => {} },
  { connected: false, pause: turn },
  { connected: true, pause: async () => {} },
  { connected: true, pause: turn },
  { connected: true, pause: (seen) => busy(seen, 300) },
];
const SOON: Moment = { connected: true, pause: () => sleep(15) };

interface Moment {
  readonly connected: boolean;
  readonly pause: (seen: Seen) => Promise<unknown>;
}

/** Waits until handlers and loops are running, or this time has passed. */
async function busy(seen: Seen, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end && !Object.values(seen).every((count) => count > 0)) await turn();
}

type End = (disque: Disque, abort: () => void) => Promise<void>;

/** How and when the client is closed. */
const ENDS: readonly End[] = [
  async (disque, abort) => {
    await sleep(200);
    abort();
    await disque.close();
  },
  async (disque, abort) => {
    const closed = Promise.all([disque.close(), disque.close()]);
    abort();
    await closed;
  },
  async (disque, abort) => {
    abort();
    disque.destroy();
    disque.destroy();
  },
  async (disque, abort) => {
    await sleep(20);
    disque.destroy();
    await disque.close();
    abort();
  },
  async (disque, abort) => {
    const closed = disque.close();
    disque.destroy();
    abort();
    await closed;
  },
];

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function meet(
  start: () => Promise<Stage>,
  moment: Moment,
  end: End,
  options: DisqueOptions = IMPATIENT,
): Promise<void> {
  const stage = await start();
  const disque = new Disque(stage.addresses, { ...options, ...stage.options });
  if (moment.connected) await addJobs(disque);
  const controller = new AbortController();
  const seen: Seen = { thrown: 0, held: 0, looped: 0 };
  const settled = Promise.all([
    everything(disque, controller.signal, seen),
    ...stage.addresses.map((address) => bareConnection(address, controller.signal)),
  ]);
  await moment.pause(seen);
  await stage.strike?.();
  await end(disque, () => controller.abort());
  await settled;
  // Calls after the end.
  await everything(disque, controller.signal, seen);
  await stage[Symbol.asyncDispose]();
}

/** Runs each stage at each moment with `count` of the ends; the ends rotate over moments and stages. */
async function meetAll(stages: Stages, moments: readonly Moment[], count: number): Promise<void> {
  const meetings = Object.values(stages).flatMap((start, stage) =>
    moments.flatMap((moment, at) => {
      const first = stage + at * count;
      const ends = [...ENDS, ...ENDS].slice(first % ENDS.length).slice(0, count);
      return ends.map((end) => () => meet(start, moment, end));
    }),
  );
  const workers = Array.from({ length: 16 }, async () => {
    for (let next = meetings.shift(); next !== undefined; next = meetings.shift()) await next();
  });
  await Promise.all(workers);
}

async function meetFaults(count: number): Promise<void> {
  // Start without a fault, and wait until handlers and loops have their jobs.
  const atWork: Moment = { connected: true, pause: (seen) => busy(seen, Number.POSITIVE_INFINITY) };
  for (const end of ENDS) await meet(healthy, atWork, end, {});
  await meetAll(losses, MOMENTS, count);
  // These faults occur by themselves.
  await meetAll(answers, [SOON], count);
}

const MEETINGS: Readonly<Record<string, () => Promise<unknown>>> = {
  some: () => meetFaults(1),
  every: () => meetFaults(ENDS.length),
  real: () => meetAll(realLosses, [...MOMENTS.slice(-1), SOON], ENDS.length),
  // Slips: mistakes that must be noticed.
  async rejection() {
    void Promise.reject(new Error("slipped"));
  },
  async exception() {
    setImmediate(() => {
      throw new Error("slipped");
    });
  },
  async warning() {
    const disque = new Disque();
    for (let n = 0; n < 11; n++) disque.on("connect", () => {});
  },
  async timer() {
    setTimeout(() => {}, 60_000);
  },
  async print() {
    console.log("slipped");
  },
};

watch();
await MEETINGS[process.argv[2] ?? ""]?.();
ended();
