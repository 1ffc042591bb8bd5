// A process of its own that meets every fault with calls of every kind, and must end by itself without a word:
// `meeting-faults.js <some|every|real|slip>`: each fault at some moments and with some ends, or at and with every; or on real
// servers. With the name of a slip it makes that one, and must not end so.

import { Disque, type DisqueOptions } from "../../src/index.ts";
import { addJobs, bareConnection, everything, type Seen } from "./calls.ts";
import { answers, healthy, losses, realLosses, type Stage, type Stages } from "./stages.ts";
import { ended, watch } from "./watch.ts";

/** What goes wrong takes little time, and what goes well has enough. */
const IMPATIENT = { connectTimeout: 300, commandTimeout: 300, failoverTimeout: 400 };

/** When it goes wrong: before the client has connected, or when it has, and in the midst of calls. */
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

/** Until handlers and loops are at work, or that much time has passed. */
async function busy(seen: Seen, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end && !Object.values(seen).every((count) => count > 0)) await turn();
}

type End = (disque: Disque, abort: () => void) => Promise<void>;

/** How the client is left, and when. */
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
  // What comes too late for everything.
  await everything(disque, controller.signal, seen);
  await stage[Symbol.asyncDispose]();
}

/** Each at each of the moments, and with `count` of the ends, with others at the next moment and the next stage. */
async function meetAll(stages: Stages, moments: readonly Moment[], count: number): Promise<void> {
  const meetings = Object.values(stages).flatMap((start, stage) =>
    moments.flatMap((moment, at) => {
      const first = stage + at * count;
      const ends = [...ENDS, ...ENDS].slice(first % ENDS.length).slice(0, count);
      return ends.map((end) => () => meet(start, moment, end));
    }),
  );
  const lanes = Array.from({ length: 16 }, async () => {
    for (let next = meetings.shift(); next !== undefined; next = meetings.shift()) await next();
  });
  await Promise.all(lanes);
}

async function meetFaults(count: number): Promise<void> {
  // First one that is none, in which handlers and loops must get their jobs, as they are to where they meet the others.
  const atWork: Moment = { connected: true, pause: (seen) => busy(seen, Number.POSITIVE_INFINITY) };
  for (const end of ENDS) await meet(healthy, atWork, end, {});
  await meetAll(losses, MOMENTS, count);
  // Those go wrong by themselves.
  await meetAll(answers, [SOON], count);
}

const MEETINGS: Readonly<Record<string, () => Promise<unknown>>> = {
  some: () => meetFaults(1),
  every: () => meetFaults(ENDS.length),
  real: () => meetAll(realLosses, [...MOMENTS.slice(-1), SOON], ENDS.length),
  // The slips.
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
