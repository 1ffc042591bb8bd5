import { ConnectionError, type Disque } from "../../src/index.ts";
import { bodyOf, nameOfBody } from "./bodies.ts";
import { failureOf, type Recorder } from "./history.ts";
import { rest } from "./rest.ts";

export const QUEUE = "soak";
/** Seconds after which a job comes again that nobody acknowledged. */
export const RETRY = 2;
/**
 * Milliseconds that ADDJOB may wait for replicas. Longer ones are over, even a second late, before a copy is queued: else
 * the real server crashes when a job is acknowledged at the node where its ADDJOB still waits (ack.c, ackjobCommand, frees
 * the job and leaves the client that waits for it; server.c, clientsCron, then goes on replicating it).
 */
const TIMEOUTS = [300, 1_000] as const;
/** Seconds: longer than any soak. */
const TTL = 7 * 86_400;
/** Seconds. */
const LONGEST_DELAY = 5;

export interface ProducerOptions {
  readonly disque: Disque;
  readonly name: string;
  /** How many jobs it adds at a time. */
  readonly hands: number;
  /** Milliseconds that each hand rests after a job. */
  readonly pause: number;
  readonly record: Recorder;
  readonly random: () => number;
}

/** Adds jobs until the signal is aborted, and resolves when the last one has its answer. */
export async function produce(options: ProducerOptions, signal: AbortSignal): Promise<void> {
  const { hands, name } = options;
  let count = 0;
  const next = (): string => `${name}-${++count}`;
  await Promise.all(Array.from({ length: hands }, () => addJobs(options, next, signal)));
}

async function addJobs(options: ProducerOptions, next: () => string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await addJob(options, next());
    await rest(options.pause, signal);
  }
}

async function addJob({ disque, name: by, record, random }: ProducerOptions, key: string): Promise<void> {
  const body = nameOfBody(key, filling(random));
  const options = {
    retry: RETRY,
    ttl: TTL,
    // Two copies at least, or the loss of one node's memory is the loss of jobs.
    replicate: random() < 0.8 ? 2 : 3,
    timeout: TIMEOUTS[random() < 0.2 ? 0 : 1],
    // Else jobs are received so soon that nothing that happens to the nodes finds any.
    ...(random() < 0.3 && { delay: 1 + Math.floor(random() * LONGEST_DELAY) }),
    ...(random() < 0.1 && { resend: false }),
  };
  record({ event: "adding", by, body });
  try {
    const id = await disque.addJob(QUEUE, bodyOf(body), options);
    record({ event: "added", body, id });
  } catch (error) {
    const sent = !(error instanceof ConnectionError) || error.sent;
    record({ event: "not added", body, sent, error: failureOf(error) });
  }
}

/** Bytes: mostly few, sometimes more than a packet has, or than a socket takes at once. */
function filling(random: () => number): number {
  const kind = random();
  const most = kind < 0.9 ? 100 : kind < 0.98 ? 4_000 : 40_000;
  return Math.floor(random() * most);
}
