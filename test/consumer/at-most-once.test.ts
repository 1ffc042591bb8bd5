// A job that is delivered at most once has one chance: a consumer that ends at whatever moment must not lose it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Disque, type Job } from "../../src/index.ts";
import { seededRandom } from "../support/random.ts";
import { describeOnServers } from "../support/servers.ts";
import { AT_MOST_ONCE, sorted, turns } from "./consuming.ts";

const ROUNDS = 1_000;
/** So many rounds go on at a time, each with a queue of its own: most of them end with a wait of up to a second. */
const LANES = 50;
/** Jobs that are there before each round, and that are added in the course of it. */
const BEFORE = 2;
const DURING = 2;
/** Milliseconds until a job is where it belongs. */
const PATIENCE = 10_000;

type Had = (job: Job) => void;

/** Takes jobs until `moment` comes, ends then, and tells of every job that it had. */
type Consumer = (disque: Disque, queue: string, moment: Promise<unknown>, had: Had) => Promise<void>;

const CONSUMERS: Readonly<Record<string, Consumer>> = {
  async "a loop that is broken"(disque, queue, moment, onUndelivered) {
    const loop = disque.jobs(queue, { count: 3, onUndelivered });
    const over = moment.then(() => loop.return());
    for await (const job of loop) {
      onUndelivered(job);
      await turns(1);
    }
    await over;
  },

  async "a loop whose signal is aborted"(disque, queue, moment, onUndelivered) {
    const end = new AbortController();
    void moment.then(() => end.abort());
    for await (const job of disque.jobs(queue, { count: 3, onUndelivered, signal: end.signal })) {
      onUndelivered(job);
      await turns(1);
    }
  },

  async "a call that is aborted"(disque, queue, moment, had) {
    const end = new AbortController();
    void moment.then(() => end.abort());
    const { signal } = end;
    while (!signal.aborted) {
      const jobs = await disque.getJob(queue, { count: 3, signal }).catch(() => []);
      for (const job of jobs) had(job);
    }
  },

  async "a worker that is stopped"(disque, queue, moment, had) {
    const handler = async (job: Job): Promise<void> => {
      had(job);
      await turns(1);
    };
    const worker = disque.work(queue, handler, { concurrency: 3 });
    await moment;
    await worker.stop();
  },
};

describe(`at ${ROUNDS} random moments`, { concurrency: true }, () => {
  describeOnServers((server) => {
    for (const [index, [name, consume]] of Object.entries(CONSUMERS).entries()) {
      it(`${name} loses no job that is delivered at most once, and has none twice`, async () => {
        await using producer = new Disque(server.address);
        const lane = async (number: number): Promise<void> => {
          const random = seededRandom(4_000 + index * LANES + number);
          const queue = `${name} ${number}`;
          let had: string[] = [];
          const note: Had = (job) => had.push(job.text());
          await using lasting = new Disque(server.address);
          lasting.on("orphan", note);
          for (let round = 0; round < ROUNDS / LANES; round++) {
            had = [];
            const add = (id: number): Promise<string> =>
              producer.addJob(queue, `${round}.${id}`, AT_MOST_ONCE);
            // Half of the time with a client that has to connect first.
            const fresh = random() < 0.5 ? new Disque(server.address) : undefined;
            fresh?.on("orphan", note);
            for (let id = 0; id < BEFORE; id++) await add(id);
            const moment = turns(Math.floor(random() * 16));
            const consumed = consume(fresh ?? lasting, queue, moment, note);
            for (let id = BEFORE; id < BEFORE + DURING; id++) {
              await turns(Math.floor(random() * 4));
              await add(id);
            }
            await consumed;
            await fresh?.close();
            // What was on its way to the lasting client comes in its time.
            const deadline = performance.now() + PATIENCE;
            while (had.length < BEFORE + DURING && performance.now() < deadline) {
              for (const job of await producer.getJob(queue, { count: 10, nohang: true })) note(job);
              await sleep(5);
            }
            assert.deepEqual(
              sorted(had),
              [0, 1, 2, 3].map((id) => `${round}.${id}`),
              `${queue}, round ${round}`,
            );
          }
        };
        await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
      });
    }
  });
});
