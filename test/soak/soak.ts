// After Jepsen's test of Disque. Producers and consumers work on three nodes while a nemesis kills, freezes, cuts off and
// removes nodes, and consumers are stopped and started all the time. Jobs with RETRY 0 have nodes of their own, which no fault
// is aimed at. Then everything recovers, the queues drain, and the history is checked:
//
// Nothing lost. A job whose ADDJOB was answered with its id is at REPLICATE nodes, at least two, and is delivered every RETRY
// seconds until it is acknowledged. Disque does not replace lost copies, so this holds only while one of the first copies is
// left: each stage explains which copies it leaves. A job counts as received when a consumer got it.
// Nothing unexpected. Each job that is received was added, byte for byte.
// Nothing denied. A job is not received if the client reported that its ADDJOB was not sent.
// Duplicates are no failure: Disque promises at-least-once delivery, the client resends an ADDJOB whose answer was lost, and
// consumers give back and forget jobs on purpose. Nor is a job that is received although its ADDJOB failed: after a lost
// connection or NOREPL the server only tries to delete the copies.
//
// A job with RETRY 0 is found exactly once: it was received, emitted as an orphan, or is left in its queue.

import { setMaxListeners } from "node:events";
import type { Disque } from "../../src/index.ts";
import { seededRandom } from "../support/random.ts";
import { type AtMostOnceVerdict, checkAtMostOnce } from "./at-most-once.ts";
import { check, type Verdict } from "./checker.ts";
import {
  type ConsumerOptions,
  carefully,
  carelessly,
  closeClients,
  fetchJobs,
  loopOverJobs,
  orphaned,
  workOnJobs,
} from "./consumer.ts";
import { drain, drainCalm } from "./drain.ts";
import { History, type Recorder, readHistory } from "./history.ts";
import { Ledger } from "./ledger.ts";
import { Nemesis } from "./nemesis.ts";
import { linkFaults, nodeFaults } from "./plan.ts";
import { atLeastOnce, atMostOnce, ONCE_QUEUE, type ProducerOptions, produce, QUEUE } from "./producer.ts";
import { type Sabotage, sabotaged } from "./sabotage.ts";
import { calmClientOf, clientOf, type Stage } from "./stage.ts";

export interface Soak {
  readonly seconds: number;
  readonly seed: number;
  /** About how many jobs of each kind are added each second while there is no fault. */
  readonly rate: number;
  /** Where the history is written. */
  readonly log: string;
  readonly sabotage: Sabotage | undefined;
}

export interface Outcome {
  readonly verdict: Verdict;
  readonly atMostOnce: AtMostOnceVerdict;
  /** How many faults of each kind there were. */
  readonly faults: ReadonlyMap<string, number>;
  /** How often calls, loops, workers and clients were stopped. */
  readonly stops: ReadonlyMap<string, number>;
}

const PRODUCERS = 2;
/** Milliseconds that a producer pauses between two jobs. The number of parallel ADDJOBs follows from that and the rate. */
const PAUSE = 250;
const CONSUMERS = [fetchJobs, fetchJobs, loopOverJobs, workOnJobs];
const CALM_CONSUMERS = [fetchJobs, loopOverJobs, workOnJobs];
/** The consumers of a client pass late jobs to each other, so some share a client. */
const CALM_CLIENTS = 2;

/** Something that goes on until the signal is aborted. */
type Activity = (signal: AbortSignal) => Promise<void>;

export async function soak(stage: Stage, options: Soak): Promise<Outcome> {
  using history = new History(options.log);
  const ledger = new Ledger();
  const stops: Map<string, number> = new Map();
  const write = sabotaged(options.sabotage, (event) => history.write(event));
  const record: Recorder = (event) => {
    ledger.see(event);
    if (event.event === "stopped") stops.set(event.what, (stops.get(event.what) ?? 0) + 1);
    write(event);
  };
  const nemesis = new Nemesis(stage, ledger, record);
  let draws = 0;
  const random = (): (() => number) => seededRandom(options.seed * 1_000 + draws++);
  const haunting = [nodeFaults(random(), !stage.forgets), linkFaults(random(), stage.partings)].map(
    (plan): Activity =>
      (signal) =>
        nemesis.haunt(plan, signal),
  );
  const parts = [onNemesisNodes, onCalmNodes].map((part) => part(stage, options, record, random));
  const clients = parts.flatMap((part) => part.clients);
  try {
    await together([...haunting, ...parts.flatMap((part) => part.activities)], options.seconds);
    await Promise.all(clients.map((disque) => disque.close()));
  } finally {
    for (const disque of clients) disque.destroy();
  }
  await nemesis.revive();
  await Promise.all([drain(stage, record), drainCalm(stage, record)]);
  history.close();
  return {
    verdict: await check(readHistory(options.log)),
    atMostOnce: await checkAtMostOnce(readHistory(options.log)),
    faults: nemesis.counts,
    stops,
  };
}

/** The clients of a part of the soak, and what they do. */
interface Part {
  readonly clients: readonly Disque[];
  readonly activities: readonly Activity[];
}

type MakePart = (stage: Stage, options: Soak, record: Recorder, random: () => () => number) => Part;

const onNemesisNodes: MakePart = (stage, { rate }, record, random) => {
  const clients = Array.from({ length: PRODUCERS + CONSUMERS.length }, (_, number) =>
    clientOf(stage, number),
  );
  const activities = clients.map((disque, number): Activity => {
    if (number < PRODUCERS) {
      const options = {
        disque,
        name: `producer-${number}`,
        record,
        random: random(),
        jobOptions: atLeastOnce,
      };
      return producing({ ...options, queue: QUEUE }, rate);
    }
    const consume = CONSUMERS[number - PRODUCERS] ?? fetchJobs;
    const options: ConsumerOptions = {
      disque,
      name: `consumer-${number - PRODUCERS}`,
      queue: QUEUE,
      record,
      random: random(),
      settling: carelessly,
    };
    return (signal) => consume(options, signal);
  });
  return { clients, activities };
};

const onCalmNodes: MakePart = (stage, { rate }, record, random) => {
  const producers = Array.from({ length: PRODUCERS }, (_, number) => calmClientOf(stage, number));
  const consumers = Array.from({ length: CALM_CLIENTS }, (_, number) => calmClientOf(stage, number));
  const common = { queue: ONCE_QUEUE, record, settling: carefully };
  const activities: Activity[] = producers.map((disque, number) => {
    const options = {
      disque,
      name: `once-producer-${number}`,
      record,
      random: random(),
      jobOptions: atMostOnce,
    };
    return producing({ ...options, queue: ONCE_QUEUE }, rate);
  });
  for (const [number, disque] of consumers.entries()) {
    const name = `once-consumer-${number}`;
    disque.on("orphan", (job) => orphaned({ name, record }, job));
    for (const consume of CALM_CONSUMERS) {
      const options: ConsumerOptions = {
        ...common,
        disque,
        name: `${name}-${consume.name}`,
        random: random(),
      };
      activities.push((signal) => consume(options, signal));
    }
    const closing = { ...common, name: `once-client-${number}`, random: random() };
    activities.push((signal) => closeClients(closing, () => calmClientOf(stage, number), signal));
  }
  return { clients: [...producers, ...consumers], activities };
};

function producing(options: Omit<ProducerOptions, "parallel" | "pause">, rate: number): Activity {
  const parallel = Math.ceil((rate * PAUSE) / 1_000 / PRODUCERS);
  return (signal) => produce({ ...options, parallel, pause: PAUSE }, signal);
}

/** Runs all at the same time, for this many seconds. The first one that fails ends the others. */
async function together(activities: readonly Activity[], seconds: number): Promise<void> {
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const timer = setTimeout(() => end.abort(), seconds * 1_000);
  try {
    const running = activities.map((activity) => activity(end.signal));
    for (const one of running) one.catch(() => end.abort());
    const failed = (await Promise.allSettled(running)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  } finally {
    clearTimeout(timer);
  }
}
