// After Jepsen's test of Disque: producers and consumers at work on three nodes while a nemesis kills, freezes, parts and
// dismisses nodes; then all is mended, the queues drain, and the history is checked. What the run may demand, and why:
//
// Nothing lost: a job whose ADDJOB was answered with its id is at REPLICATE nodes, two at least, and is delivered again every
// RETRY seconds until somebody acknowledges it. Disque makes no new copies in place of lost ones, so that holds only while
// one of the first copies is left: see each stage for what it leaves. A job counts as received when it has come to a
// consumer, for from then on it is the consumer's word that counts.
// Nothing unexpected: what comes was once tried to add, byte for byte.
// Nothing denied: what the client says it never sent does not come.
// Duplicates are no failure: Disque promises at least once, the client sends an ADDJOB again whose answer was lost, and
// consumers give back and forget jobs here on purpose. Nor is what comes although its adding failed: after a dead connection
// or a NOREPL the server only tries to delete the copies.

import { seededRandom } from "../support/random.ts";
import { check, type Verdict } from "./checker.ts";
import { fetchJobs, loopOverJobs } from "./consumer.ts";
import { drain } from "./drain.ts";
import { History, type Recorder, readHistory } from "./history.ts";
import { Ledger } from "./ledger.ts";
import { Nemesis } from "./nemesis.ts";
import { linkFaults, nodeFaults } from "./plan.ts";
import { produce } from "./producer.ts";
import { type Sabotage, sabotaged } from "./sabotage.ts";
import { clientOf, type Stage } from "./stage.ts";

export interface Soak {
  readonly seconds: number;
  readonly seed: number;
  /** About how many jobs are added each second while all is well. */
  readonly rate: number;
  /** Where the history is written. */
  readonly log: string;
  readonly sabotage: Sabotage | undefined;
}

export interface Outcome {
  readonly verdict: Verdict;
  /** How many faults of each kind there were. */
  readonly faults: ReadonlyMap<string, number>;
}

const PRODUCERS = 2;
/** Milliseconds that whoever added a job rests. What is added at a time follows from that and the rate. */
const PAUSE = 250;
const CONSUMERS = [fetchJobs, fetchJobs, loopOverJobs];

export async function soak(stage: Stage, options: Soak): Promise<Outcome> {
  using history = new History(options.log);
  const ledger = new Ledger();
  const write = sabotaged(options.sabotage, (event) => history.write(event));
  const record: Recorder = (event) => {
    ledger.see(event);
    write(event);
  };
  const nemesis = new Nemesis(stage, ledger, record);
  await trouble(stage, options, nemesis, record);
  await nemesis.revive();
  await drain(stage, record);
  history.close();
  return { verdict: await check(readHistory(options.log)), faults: nemesis.counts };
}

/** All at work at once, for as long as it is to last; whoever fails ends it for all. */
async function trouble(
  stage: Stage,
  { seconds, seed, rate }: Soak,
  nemesis: Nemesis,
  record: Recorder,
): Promise<void> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), seconds * 1_000);
  let draws = 0;
  const random = (): (() => number) => seededRandom(seed * 1_000 + draws++);
  const faults = [nodeFaults(random(), !stage.forgets), linkFaults(random(), stage.partings)];
  const clients = Array.from({ length: PRODUCERS + CONSUMERS.length }, (_, number) =>
    clientOf(stage, number),
  );
  const [producers, consumers] = [clients.slice(0, PRODUCERS), clients.slice(PRODUCERS)];
  const hands = Math.ceil((rate * PAUSE) / 1_000 / PRODUCERS);
  try {
    const work = [
      ...faults.map((plan) => nemesis.haunt(plan, end.signal)),
      ...producers.map((disque, number) => {
        const name = `producer-${number}`;
        return produce({ disque, name, hands, pause: PAUSE, record, random: random() }, end.signal);
      }),
      ...consumers.map((disque, number) => {
        const consume = CONSUMERS[number] ?? fetchJobs;
        return consume({ disque, name: `consumer-${number}`, record, random: random() }, end.signal);
      }),
    ];
    for (const part of work) part.catch(() => end.abort());
    const failed = (await Promise.allSettled(work)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    await Promise.all(clients.map((disque) => disque.close()));
  } finally {
    clearTimeout(timer);
    for (const disque of clients) disque.destroy();
  }
}
