// A job that is delivered at most once has one chance: whoever ends at whatever moment must not lose it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { seededRandom } from "../support/random.ts";
import { AT_MOST_ONCE, sorted, turns } from "./consuming.ts";

const ROUNDS = 1_000;
/** Jobs that are there before each round, and that are added in the course of it. */
const BEFORE = 2;
const DURING = 2;

/** Takes jobs until `moment` comes, ends then, and tells of every job that it had. */
type Consumer = (disque: Disque, moment: Promise<unknown>, had: (text: string) => void) => Promise<void>;

const CONSUMERS: Readonly<Record<string, Consumer>> = {
  async "a loop that is broken"(disque, moment, had) {
    let over = false;
    let inBody = false;
    const end = new AbortController();
    void moment.then(() => {
      over = true;
      // While it waits there is nothing to break.
      if (!inBody) end.abort();
    });
    const onUndelivered = (job: { text(): string }): void => had(job.text());
    for await (const job of disque.jobs("q", { count: 3, onUndelivered, signal: end.signal })) {
      inBody = true;
      had(job.text());
      await turns(1);
      if (over) break;
      inBody = false;
    }
  },

  async "a loop whose signal is aborted"(disque, moment, had) {
    const end = new AbortController();
    void moment.then(() => end.abort());
    const onUndelivered = (job: { text(): string }): void => had(job.text());
    for await (const job of disque.jobs("q", { count: 3, onUndelivered, signal: end.signal })) {
      had(job.text());
      await turns(1);
    }
  },

  async "a call that is aborted"(disque, moment, had) {
    const end = new AbortController();
    void moment.then(() => end.abort());
    const { signal } = end;
    while (!signal.aborted) {
      const jobs = await disque.getJob("q", { count: 3, signal }).catch(() => []);
      for (const job of jobs) had(job.text());
    }
  },

  async "a worker that is stopped"(disque, moment, had) {
    const handler = async (job: { text(): string }): Promise<void> => {
      had(job.text());
      await turns(1);
    };
    const worker = disque.work("q", handler, { concurrency: 3 });
    await moment;
    await worker.stop();
  },
};

describe(`at ${ROUNDS} random moments`, { concurrency: true }, () => {
  for (const [index, [name, consume]] of Object.entries(CONSUMERS).entries()) {
    it(`${name} loses no job that is delivered at most once, and has none twice`, async () => {
      const random = seededRandom(4_000 + index);
      await using server = await TestServer.start();
      await using producer = new Disque(server.address);
      await using lasting = new Disque(server.address);
      let had: string[] = [];
      lasting.on("orphan", (job) => had.push(job.text()));
      for (let round = 0; round < ROUNDS / 4; round++) {
        had = [];
        const add = (number: number): Promise<string> => producer.addJob("q", String(number), AT_MOST_ONCE);
        // Half of the time with a client that has to connect first.
        const fresh = random() < 0.5 ? new Disque(server.address) : undefined;
        fresh?.on("orphan", (job) => had.push(job.text()));
        for (let number = 0; number < BEFORE; number++) await add(number);
        const moment = turns(Math.floor(random() * 16));
        const consumed = consume(fresh ?? lasting, moment, (text) => had.push(text));
        for (let number = BEFORE; number < BEFORE + DURING; number++) {
          await turns(Math.floor(random() * 4));
          await add(number);
        }
        await consumed;
        await fresh?.close();
        // What was on its way to the lasting client comes in its time.
        const left: string[] = [];
        await until(async () => {
          const rest = await producer.getJob("q", { count: 10, nohang: true });
          left.push(...rest.map((job) => job.text()));
          return had.length + left.length >= BEFORE + DURING;
        });
        assert.deepEqual(sorted([...had, ...left]), ["0", "1", "2", "3"], `round ${round}`);
      }
    });
  }
});
