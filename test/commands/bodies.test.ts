import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const MEBIBYTE = Buffer.alloc(1024 * 1024, "\r\n$-1\r\n*0\r\n");

describe("the body and the queue of a job", () => {
  describeOnServers((server) => {
    const bodies: [string, string | Uint8Array][] = [
      ["every value of a byte", EVERY_BYTE],
      ["an empty string", ""],
      ["no bytes", new Uint8Array(0)],
      ["text beyond ASCII", "größer: 寿司 🍣\0\r\n"],
      ["a mebibyte that looks like replies", MEBIBYTE],
      ["a part of a larger buffer", MEBIBYTE.subarray(3, 9_999)],
    ];
    for (const [what, body] of bodies) {
      it(`arrive unchanged: ${what}`, async () => {
        await using disque = new Disque(server.address);
        await disque.addJob("bodies", body);
        const [job] = await disque.getJob("bodies");
        assert.deepEqual(job?.body, Buffer.from(body));
      });
    }

    for (const size of [10, 4_096, 100_000])
      it(`leave the caller's ${size} bytes as they were, and share no memory with them`, async () => {
        await using disque = new Disque(server.address);
        const own = new Uint8Array(size).fill(1);
        await Promise.all([disque.addJob("own", own), disque.addJob("own", Buffer.from(own.buffer))]);
        // It was not transferred.
        assert.equal(own.buffer.byteLength, size);
        assert.ok(own.every((byte) => byte === 1));
        const jobs = await disque.getJob("own", { count: 2 });
        own.fill(2);
        for (const { body } of jobs) {
          assert.deepEqual(body, Buffer.alloc(size, 1));
          structuredClone(body, { transfer: size > 4_096 ? [body.buffer as ArrayBuffer] : [] });
        }
        assert.equal(jobs.length, 2);
        assert.equal(own.buffer.byteLength, size);
      });

    it("can be read as text and as JSON", async () => {
      await using disque = new Disque(server.address);
      await disque.addJob("json", JSON.stringify({ to: "ü" }));
      const [job] = await disque.getJob("json");
      assert.equal(job?.text(), '{"to":"ü"}');
      assert.deepEqual(job.json<{ to: string }>(), { to: "ü" });
      await disque.addJob("json", "{");
      const [broken] = await disque.getJob("json");
      assert.throws(() => broken?.json(), SyntaxError);
    });

    for (const queue of [
      "mail",
      "warteschlange für söhne",
      "寿司",
      "",
      "a b\tc\r\nd",
      "*?[",
      "x".repeat(10_000),
    ]) {
      it(`may have any name, such as ${JSON.stringify(queue.slice(0, 30))}`, async () => {
        await using disque = new Disque(server.address);
        const id = await disque.addJob(queue, "body");
        assert.equal(await disque.qlen(queue), 1);
        assert.equal((await disque.show(id))?.queue, queue);
        const [job] = await disque.getJob([queue]);
        assert.deepEqual([job?.id, job?.queue], [id, queue]);
      });
    }
  });
});

describe("many jobs or commands in flight", () => {
  describeOnServers((server) => {
    it("are acknowledged by one command", async () => {
      await using disque = new Disque(server.address);
      await disque.connect();
      const ids = await Promise.all(
        Array.from({ length: 1_000 }, (_, at) => disque.addJob("thousand", String(at))),
      );
      assert.equal(new Set(ids).size, 1_000);
      const jobs = await disque.getJob("thousand", { count: 1_000 });
      assert.deepEqual(
        jobs.map((job) => job.text()),
        ids.map((_, at) => String(at)),
      );
      assert.equal(await disque.ackJob(jobs), 1_000);
      assert.equal(await disque.ackJob(...ids), 0);
      assert.equal(await disque.qlen("thousand"), 0);
    });

    it("get one reply each, with ten thousand commands in flight", async () => {
      await using disque = new Disque(server.address);
      await disque.connect();
      const messages = Array.from({ length: 10_000 }, (_, at) => `message ${at}`);
      assert.deepEqual(await Promise.all(messages.map((message) => disque.ping(message))), messages);
    });
  });
});
