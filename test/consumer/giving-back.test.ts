// Jobs that were prefetched but not handed out when the loop ends.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, type Job } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import {
  AT_LEAST_ONCE,
  array,
  bulk,
  AT_MOST_ONCE as ONCE_ID,
  rejection,
  scriptedNode,
  until,
} from "../client/scripted.ts";
import { describeOnServers } from "../support/servers.ts";
import { AT_MOST_ONCE, addJobs, Gate, numbers, uncaught } from "./consuming.ts";

function reply(...ids: string[]): string {
  return array(...ids.map((id) => array(bulk("mail"), bulk(id), bulk("body"))));
}

describe("jobs that were fetched but not handed out", () => {
  describeOnServers((server) => {
    it("return to the queue when the loop breaks, which counts as a delivery but not as a nack", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "broken", 10, { retry: 3600 });
      for await (const job of disque.jobs("broken", { count: 8 })) {
        await disque.ackJob(job);
        break;
      }
      assert.equal(await disque.qlen("broken"), 9);
      const again = await disque.getJob("broken", { count: 10, withCounters: true });
      assert.deepEqual(
        again.map((job) => job.text()),
        numbers(10).slice(1),
      );
      assert.deepEqual(
        again.map(({ nacks, additionalDeliveries }) => `${nacks} ${additionalDeliveries}`),
        [...Array(7).fill("0 1"), "0 0", "0 0"],
      );
    });

    it("return to the queue before close() resolves, however many they are", async () => {
      const disque = new Disque(server.address);
      await using other = new Disque(server.address);
      await addJobs(other, "closing", 2_500, { retry: 3600 });
      const end = new AbortController();
      let closed: Promise<void> | undefined;
      for await (const job of disque.jobs("closing", { count: 2_500, signal: end.signal })) {
        assert.equal(job.queue, "closing");
        end.abort();
        closed = disque.close();
      }
      await closed;
      assert.equal(await other.qlen("closing"), 2_499);
    });

    it("return to the queue when the client is closed in the body of the loop", async () => {
      const disque = new Disque(server.address);
      await using other = new Disque(server.address);
      await addJobs(other, "closed", 5, { retry: 3600 });
      for await (const job of disque.jobs("closed", { count: 5 })) {
        assert.equal(job.text(), "0");
        await disque.close();
        break;
      }
      assert.equal(await other.qlen("closed"), 4);
    });

    it("return to the queue when the loop throws", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "thrown", 3, { retry: 3600 });
      async function consume(): Promise<void> {
        for await (const job of disque.jobs("thrown", { count: 3 })) throw new Error(job.text());
      }
      await assert.rejects(consume(), { message: "0" });
      assert.equal(await disque.qlen("thrown"), 2);
    });

    it("return to the queue as soon as the signal is aborted, even while the loop body runs", async () => {
      await using disque = new Disque(server.address);
      const end = new AbortController();
      await addJobs(disque, "aborted", 5, { retry: 3600 });
      const texts: string[] = [];
      for await (const job of disque.jobs("aborted", { count: 5, signal: end.signal })) {
        texts.push(job.text());
        end.abort();
        await until(async () => (await disque.qlen("aborted")) === 4);
      }
      assert.deepEqual(texts, ["0"]);
    });

    it("are passed to onUndelivered, or emitted as `orphan`, if they are delivered at most once", async () => {
      await using disque = new Disque(server.address);
      const orphans: string[] = [];
      disque.on("orphan", (job) => orphans.push(job.text()));
      for (const ending of ["break", "abort"]) {
        const undelivered: string[] = [];
        for (const onUndelivered of [(job: Job): unknown => undelivered.push(job.text()), undefined]) {
          undelivered.length = 0;
          orphans.length = 0;
          const end = new AbortController();
          const queue = `${ending} ${onUndelivered !== undefined}`;
          await addJobs(disque, queue, 3, AT_MOST_ONCE);
          await addJobs(disque, queue, 2, { retry: 3600 });
          for await (const job of disque.jobs(queue, { count: 5, signal: end.signal, onUndelivered })) {
            assert.equal(job.text(), "0");
            if (ending === "break") break;
            end.abort();
          }
          assert.equal(await disque.qlen(queue), 2);
          assert.deepEqual(undelivered, onUndelivered === undefined ? [] : ["1", "2"]);
          assert.deepEqual(orphans, onUndelivered === undefined ? ["1", "2"] : []);
        }
      }
    });
  });

  it("are not handed to a call that was aborted in the same turn", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const orphans: string[] = [];
    disque.on("orphan", (job) => orphans.push(job.text()));
    await addJobs(disque, "q", 3, AT_MOST_ONCE);
    const end = new AbortController();
    for await (const _ of disque.jobs("q", { count: 3 })) {
      const waiting = rejection(disque.getJob("q", { signal: end.signal }));
      await until(async () => (await disque.qstat("q"))?.blocked === 1);
      void waiting.then((reason) => assert.equal(reason, end.signal.reason));
      end.abort();
      break;
    }
    assert.deepEqual(orphans, ["1", "2"]);
  });

  it("return to the queue if they arrive after the signal was aborted", async () => {
    const asked = new Gate();
    await using node = await scriptedNode(([name]) => {
      if (name === "ENQUEUE") return ":1\r\n";
      if (name !== "GETJOB") return "+PONG\r\n";
      asked.open();
      return "";
    });
    await using disque = new Disque(node.address);
    const orphans: string[] = [];
    disque.on("orphan", ({ id }) => orphans.push(id));
    await disque.connect();
    const shared = await node.server.accept();
    const end = new AbortController();
    const undelivered: string[] = [];
    const onUndelivered = ({ id }: Job): unknown => undelivered.push(id);
    const loop = disque.jobs("mail", { count: 3, signal: end.signal, onUndelivered }).next();
    await asked.opened;
    end.abort();
    shared.write(reply(AT_LEAST_ONCE, ONCE_ID));
    assert.deepEqual(await loop, { done: true, value: undefined });
    assert.deepEqual(
      shared.commands.filter(([name]) => name === "ENQUEUE").map(([, ...ids]) => ids),
      [[AT_LEAST_ONCE]],
    );
    assert.deepEqual([...undelivered, ...orphans], [ONCE_ID]);
  });

  it("return in several commands if there are very many", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 3_500, { retry: 3600 });
    for await (const _ of disque.jobs("q", { count: 150_000 })) break;
    assert.equal(await disque.qlen("q"), 3_499);
    assert.equal(server.received("enqueue"), 4);
  });

  it("all return, and are all reported, when onUndelivered throws", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 3, AT_MOST_ONCE);
    await addJobs(disque, "q", 2, { retry: 3600 });
    const undelivered: string[] = [];
    const errors = await uncaught(async () => {
      const onUndelivered = (job: Job): void => {
        undelivered.push(job.text());
        throw new Error("of onUndelivered");
      };
      for await (const _ of disque.jobs("q", { count: 5, onUndelivered })) break;
    });
    assert.deepEqual(undelivered, ["1", "2"]);
    assert.equal(errors.length, 2);
    assert.equal(await disque.qlen("q"), 2);
  });

  it("are redelivered after their retry time if their node is gone, and the loop still ends", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, { failoverTimeout: 0 });
    await addJobs(disque, "q", 3);
    for await (const _ of disque.jobs("q", { count: 3 })) {
      await server.faults.kill();
      break;
    }
  });
});
