// A real server takes a job off its queue before it sends the reply to a waiting GETJOB. A call aborted at that moment must not
// lose the job: it is fetched, back in its queue, or emitted as `orphan`.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "../../src/index.ts";
import { turns } from "../consumer/consuming.ts";
import { seededRandom } from "../support/random.ts";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";

const CALLS = 1_000;
/** Calls that wait at once, each for its own queue. */
const LANES = 40;
/** Milliseconds within which a job must be found. */
const PATIENCE = 3_000;

describe(`${CALLS} waiting calls aborted just as a job is added`, { skip: skipWithoutServer }, () => {
  for (const retry of [0, 300])
    it(`lose no job with RETRY ${retry}`, async (t) => {
      await using server = await RealServer.start();
      await using producer = new Disque(server.address);
      const counts = { fetched: 0, orphans: 0, queued: 0 };
      /** Waits, is aborted, and returns how often its job was found. */
      const abortOne = async (disque: Disque, queue: string, random: () => number): Promise<number> => {
        let orphans = 0;
        disque.once("orphan", () => orphans++);
        const end = new AbortController();
        const fetched = disque.getJob(queue, { signal: end.signal }).then(
          ({ length }) => length,
          (error: unknown) => {
            assert.equal(error, end.signal.reason);
            return 0;
          },
        );
        while ((await producer.qstat(queue))?.blocked !== 1) await sleep(1);
        const added = producer.addJob(queue, "body", { retry });
        // The job may still be on its way back.
        await turns(Math.floor(random() * 3));
        end.abort();
        await added;
        const inCall = await fetched;
        let queued = 0;
        const deadline = performance.now() + PATIENCE;
        while (inCall + orphans + queued === 0 && performance.now() < deadline) {
          queued += (await producer.getJob(queue, { nohang: true })).length;
          await sleep(2);
        }
        disque.removeAllListeners("orphan");
        counts.fetched += inCall;
        counts.orphans += orphans;
        counts.queued += queued;
        return inCall + orphans + queued;
      };
      const lane = async (number: number): Promise<number[]> => {
        const random = seededRandom(5_000 + number);
        await using disque = new Disque(server.address);
        const found: number[] = [];
        for (let call = 0; call < CALLS / LANES; call++) {
          found.push(await abortOne(disque, `${retry} ${number} ${call}`, random));
        }
        return found;
      };
      const found = (await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))).flat();
      t.diagnostic(`RETRY ${retry}: ${JSON.stringify(counts)}`);
      assert.equal(found.length, CALLS);
      assert.equal(found.filter((count) => count === 0).length, 0, "jobs were lost");
      assert.equal(found.filter((count) => count > 1).length, 0, "jobs were found twice");
      assert.ok(counts.orphans + counts.queued > CALLS / 10, JSON.stringify(counts));
    });
});
