// A job with RETRY 0 is delivered once. A consumer that ends must not lose it, whenever that happens.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Disque, type Job } from "../../src/index.ts";
import { seededRandom } from "../support/random.ts";
import { describeOnServers } from "../support/servers.ts";
import { AT_MOST_ONCE, Gate, turns } from "./consuming.ts";

const ROUNDS = 1_000;
/** Rounds that run at once, each with its own queue. */
const AT_ONCE = 25;
/** Milliseconds within which every job of a round must be found. */
const PATIENCE = 10_000;

type OnJob = (job: Job) => void;

/** Takes jobs until `moment` resolves and passes each to `onJob`. */
type Consumer = (disque: Disque, queue: string, moment: Promise<unknown>, onJob: OnJob) => Promise<void>;

const CONSUMERS: Readonly<Record<string, Consumer>> = {
  async "a loop that is broken"(disque, queue, moment, onJob) {
    const loop = disque.jobs(queue, { count: 3, onUndelivered: onJob });
    const over = moment.then(() => loop.return());
    for await (const job of loop) {
      onJob(job);
      await turns(1);
    }
    await over;
  },

  async "a loop whose signal is aborted"(disque, queue, moment, onJob) {
    const end = new AbortController();
    void moment.then(() => end.abort());
    for await (const job of disque.jobs(queue, { count: 3, onUndelivered: onJob, signal: end.signal })) {
      onJob(job);
      await turns(1);
    }
  },

  async "a call that is aborted"(disque, queue, moment, onJob) {
    const end = new AbortController();
    void moment.then(() => end.abort());
    const { signal } = end;
    while (!signal.aborted) {
      try {
        for (const job of await disque.getJob(queue, { count: 3, signal })) onJob(job);
      } catch (error) {
        if (error !== signal.reason) throw error;
      }
    }
  },

  async "a worker that is stopped"(disque, queue, moment, onJob) {
    const handler = async (job: Job): Promise<void> => {
      onJob(job);
      await turns(1);
    };
    const worker = disque.work(queue, handler, { concurrency: 3 });
    await moment;
    await worker.stop();
  },
};

describe(`ended at ${ROUNDS} random moments`, { concurrency: true }, () => {
  describeOnServers((server) => {
    for (const [index, [name, consume]] of Object.entries(CONSUMERS).entries()) {
      it(`${name} loses no job with RETRY 0 and delivers none twice`, async () => {
        await using producer = new Disque(server.address);
        /** Jobs received after the moment: they were in flight. */
        let late = 0;
        const lane = async (number: number): Promise<void> => {
          const random = seededRandom(4_000 + index * AT_ONCE + number);
          const queue = `${name} ${number}`;
          let found: string[] = [];
          let isOver = false;
          const note = (job: Job): void => {
            found.push(job.text());
            if (isOver) late++;
          };
          await using lasting = new Disque(server.address);
          lasting.on("orphan", note);
          for (let round = 0; round < ROUNDS / AT_ONCE; round++) {
            // In half of the rounds the client must connect first.
            await using fresh = random() < 0.5 ? new Disque(server.address) : undefined;
            fresh?.on("orphan", note);
            found = [];
            isOver = false;
            const plan = planOf(random);
            const add = (id: number): Promise<string> =>
              producer.addJob(queue, `${round}.${id}`, AT_MOST_ONCE);
            for (let id = 0; id < plan.before; id++) await add(id);
            const adding = new Gate();
            const moment = plan.isEarly ? turns(plan.turns) : adding.opened.then(() => turns(plan.turns));
            const consumed = consume(fresh ?? lasting, queue, moment, note);
            // Awaited later, or never if the round fails first.
            consumed.catch(() => {});
            if (!plan.isEarly) await sleep(plan.wait);
            adding.open();
            let added = plan.before;
            for (; added < plan.before + plan.during; added++) await add(added);
            await moment;
            isOver = true;
            // One job more for a call that still waits, which would otherwise take the second one.
            if (plan.endsWait) await add(added++);
            await consumed;
            await fresh?.close();
            const deadline = performance.now() + PATIENCE;
            while (found.length < added && performance.now() < deadline) {
              const jobs = await producer.getJob(queue, { count: 10, nohang: true });
              found.push(...jobs.map((job) => job.text()));
              await sleep(2);
            }
            const all = Array.from({ length: added }, (_, id) => `${round}.${id}`);
            assert.deepEqual(found.sort(), all, `${queue}, round ${round}`);
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => lane(number)));
        assert.ok(late > ROUNDS / 100, `${late} jobs were on their way`);
      });
    }
  });
});

interface Plan {
  /** How many jobs exist when the consumer starts, and how many are added while it runs. */
  readonly before: number;
  readonly during: number;
  /** End the consumer a few turns after it starts; otherwise a few turns after a job is sent to the server. */
  readonly isEarly: boolean;
  readonly turns: number;
  /** Milliseconds to let the GETJOB reach the server and wait there before a job is added. */
  readonly wait: number;
  readonly endsWait: boolean;
}

function planOf(random: () => number): Plan {
  const isEarly = random() < 0.5;
  return {
    before: isEarly ? 2 : 0,
    during: isEarly ? 2 : 1,
    isEarly,
    turns: Math.floor(random() * (isEarly ? 16 : 4)),
    wait: random() * 20,
    endsWait: random() < 0.95,
  };
}
