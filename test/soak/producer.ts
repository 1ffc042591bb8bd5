import { type AddJobOptions, ConnectionError, type Disque } from "../../src/index.ts";
import { bodyOf, nameOfBody } from "./bodies.ts";
import { failureOf, type Recorder } from "./history.ts";
import { pause } from "./pause.ts";

/** The queue of jobs that are delivered at least once, and the one of jobs with RETRY 0. */
export const QUEUE = "soak";
export const ONCE_QUEUE = "soak-once";
/** Seconds after which a job is delivered again unless it was acknowledged. */
export const RETRY = 2;
/**
 * Milliseconds that ADDJOB may wait for replicas. A longer wait must end, even a second late, before a copy is queued: the real
 * server crashes when a job is acknowledged at the node where its ADDJOB still waits (ack.c, ackjobCommand, frees the job but
 * keeps the client that waits for it; server.c, clientsCron, then goes on replicating the job).
 */
const TIMEOUTS = [300, 1_000] as const;
/** Seconds: longer than any soak. */
const TTL = 7 * 86_400;
/** Seconds. */
const LONGEST_DELAY = 5;

export interface ProducerOptions {
  readonly disque: Disque;
  readonly name: string;
  readonly queue: string;
  /** The options of the next job. */
  readonly jobOptions: (random: () => number) => SoakJobOptions;
  /** How many jobs it adds at a time. */
  readonly parallel: number;
  /** Milliseconds between the end of an ADDJOB and the next one. */
  readonly pause: number;
  readonly record: Recorder;
  readonly random: () => number;
}

export type SoakJobOptions = AddJobOptions & { readonly retry: number };

/** Adds jobs until the signal is aborted, and resolves when the last ADDJOB is answered. */
export async function produce(options: ProducerOptions, signal: AbortSignal): Promise<void> {
  const { parallel, name } = options;
  let count = 0;
  const next = (): string => `${name}-${++count}`;
  await Promise.all(Array.from({ length: parallel }, () => addJobs(options, next, signal)));
}

/** Jobs that survive the loss of one node's memory. */
export function atLeastOnce(random: () => number): SoakJobOptions {
  return {
    retry: RETRY,
    ttl: TTL,
    replicate: random() < 0.8 ? 2 : 3,
    timeout: TIMEOUTS[random() < 0.2 ? 0 : 1],
    // Without a delay most jobs are received before a fault can affect them.
    ...(random() < 0.3 && { delay: 1 + Math.floor(random() * LONGEST_DELAY) }),
    ...(random() < 0.1 && { resend: false }),
  };
}

export function atMostOnce(random: () => number): SoakJobOptions {
  return { retry: 0, ttl: TTL, ...(random() < 0.1 && { delay: 1 }) };
}

async function addJobs(options: ProducerOptions, next: () => string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await addJob(options, next());
    await pause(options.pause, signal);
  }
}

async function addJob(options: ProducerOptions, key: string): Promise<void> {
  const { disque, name: by, queue, record, random } = options;
  const body = nameOfBody(key, filling(random));
  const jobOptions = options.jobOptions(random);
  record({ event: "adding", by, body, retry: jobOptions.retry });
  try {
    const id = await disque.addJob(queue, bodyOf(body), jobOptions);
    record({ event: "added", body, id });
  } catch (error) {
    const sent = !(error instanceof ConnectionError) || error.sent;
    record({ event: "not added", body, sent, error: failureOf(error) });
  }
}

/** Bytes: mostly few, sometimes more than a packet holds, or than a socket takes at once. */
function filling(random: () => number): number {
  const kind = random();
  const most = kind < 0.9 ? 100 : kind < 0.98 ? 4_000 : 40_000;
  return Math.floor(random() * most);
}
