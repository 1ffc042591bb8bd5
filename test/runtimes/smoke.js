// Uses the package on any runtime, with client and server in one process. It prints what it checked and ends by itself,
// because nothing of the package keeps a process alive after close.

import assert from "node:assert/strict";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { ClosedError, ConnectionError, Disque, ReplyError, TimeoutError } from "disque";
import { Connection, encodeCommand, Parser } from "disque/resp";
import { TestCluster, TestServer } from "disque/testing";
import { certificate, privateKey } from "../support/certificate.js";

/**
 * @param {(disque: Disque, server: TestServer) => Promise<void>} check
 * @param {import("disque/testing").TestServerOptions} [serverOptions]
 * @param {import("disque").DisqueOptions} [options]
 */
async function onServer(check, serverOptions, options) {
  const server = await TestServer.start(serverOptions);
  const disque = new Disque(server.address, options);
  try {
    await check(disque, server);
  } finally {
    await disque.close();
    await server.stop();
  }
}

/** @type {Record<string, () => Promise<void>>} */
const checks = {
  "a job is added, fetched and acknowledged, and its bytes are the same": () =>
    onServer(async (disque) => {
      const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const id = await disque.addJob("bytes", body, { retry: 60 });
      const [job] = await disque.getJob("bytes");
      assert.ok(job);
      assert.equal(job.id, id);
      assert.ok(job.body.equals(body));
      assert.equal(await disque.ackJob(job), 1);
      assert.equal(await disque.show(id), null);
    }),

  "text and JSON come back as they were": () =>
    onServer(async (disque) => {
      await disque.addJob("texts", "żółć 🐫");
      await disque.addJob("texts", JSON.stringify({ to: "a@b.c" }));
      const [text, json] = await disque.getJob("texts", { count: 2 });
      assert.equal(text?.text(), "żółć 🐫");
      assert.deepEqual(json?.json(), { to: "a@b.c" });
    }),

  "a thousand calls at once are answered, each with what is its own": () =>
    onServer(async (disque) => {
      const numbers = Array.from({ length: 1_000 }, (_, number) => String(number));
      assert.deepEqual(await Promise.all(numbers.map((number) => disque.ping(number))), numbers);
    }),

  "a body of 8 MiB goes there and back": () =>
    onServer(async (disque) => {
      const body = Buffer.alloc(8 * 1024 * 1024, "disque");
      await disque.addJob("large", body);
      const [job] = await disque.getJob("large");
      assert.ok(job?.body.equals(body));
    }),

  "replies that come byte by byte are understood": () =>
    onServer(async (disque, server) => {
      server.faults.slice(1);
      await disque.addJob("q", "hello");
      const [job] = await disque.getJob("q", { withCounters: true });
      assert.equal(job?.text(), "hello");
      assert.equal(job?.nacks, 0);
    }),

  "a getJob that waits holds up nothing, and gets what is added": () =>
    onServer(async (disque) => {
      const waiting = disque.getJob("later");
      assert.equal(await disque.ping(), "PONG");
      await disque.addJob("later", "hello");
      const [job] = await waiting;
      assert.equal(job?.text(), "hello");
    }),

  "a getJob that waits is aborted, with the reason of its signal, and no job is lost": () =>
    onServer(async (disque, server) => {
      await disque.connect();
      const controller = new AbortController();
      const waiting = disque.getJob("later", { signal: controller.signal });
      while (server.received("getjob") === 0) await disque.ping();
      const reason = new Error("enough");
      controller.abort(reason);
      await assert.rejects(waiting, reason);
      await disque.addJob("later", "hello");
      const [job] = await disque.getJob("later");
      assert.equal(job?.text(), "hello");
    }),

  "a loop takes jobs as they come, until its signal ends it": () =>
    onServer(async (disque) => {
      for (const body of ["a", "b", "c"]) await disque.addJob("loop", body);
      const controller = new AbortController();
      const bodies = [];
      for await (const job of disque.jobs("loop", { signal: controller.signal })) {
        bodies.push(job.text());
        await disque.ackJob(job);
        if (bodies.length === 3) controller.abort();
      }
      assert.deepEqual(bodies, ["a", "b", "c"]);
    }),

  "a worker acknowledges what was done and gives back what failed": () =>
    onServer(async (disque) => {
      /** @type {string[]} */
      const outcomes = [];
      for (const body of ["good", "bad"]) await disque.addJob("work", body, { retry: 60 });
      const worker = disque.work(
        "work",
        (job) => {
          if (job.text() === "bad" && job.nacks === 0) throw new Error("once");
        },
        { concurrency: 2 },
      );
      worker.on("failed", (job) => outcomes.push(`${job.text()} failed`));
      worker.on("done", (job) => outcomes.push(`${job.text()} done`));
      while (outcomes.length < 3) await once(worker, "done");
      await worker.stop();
      assert.deepEqual(outcomes.toSorted(), ["bad done", "bad failed", "good done"]);
      assert.equal(await disque.qlen("work"), 0);
    }),

  "a job that was not acknowledged is delivered again when its retry time has passed": () =>
    onServer(async (disque, server) => {
      await disque.addJob("again", "hello", { retry: 300 });
      await disque.getJob("again");
      server.advance(301_000);
      const [job] = await disque.getJob("again", { withCounters: true });
      assert.equal(job?.additionalDeliveries, 1);
    }),

  "all queues and jobs of a node are scanned": () =>
    onServer(async (disque) => {
      const queues = Array.from({ length: 300 }, (_, number) => `queue-${number}`);
      await Promise.all(queues.map((queue) => disque.addJob(queue, queue)));
      const found = new Set();
      for await (const queue of disque.queues()) found.add(queue);
      assert.equal(found.size, 300);
      const jobs = [];
      for await (const { body } of disque.scanJobs({ queue: "queue-7", reply: "all" })) jobs.push(body);
      assert.deepEqual(jobs.map(String), ["queue-7"]);
    }),

  "errors of the server are what they are said to be": () =>
    onServer(async (disque, server) => {
      server.faults.answer("addjob", "PAUSED Queue paused in input", 1);
      const error = await disque.addJob("q", "body").catch((reason) => reason);
      assert.ok(error instanceof ReplyError);
      assert.equal(error.code, "PAUSED");
      // Bun lacks async stack traces.
      if (process.versions.bun === undefined) assert.match(String(error.stack), /smoke\.js/);
      await assert.rejects(disque.ackJob("no id"), TypeError);
    }),

  "a reply that is overdue is a TimeoutError": () =>
    onServer(async (disque, server) => {
      await disque.connect();
      server.faults.freeze();
      await assert.rejects(disque.call("PING", { commandTimeout: 50 }), TimeoutError);
      server.faults.thaw();
    }),

  "nobody who listens is a ConnectionError, and a closed client a ClosedError": async () => {
    const server = await TestServer.start();
    await server.stop();
    const disque = new Disque(server.address, { failoverTimeout: 0 });
    await assert.rejects(disque.ping(), ConnectionError);
    await disque.close();
    await assert.rejects(disque.ping(), ClosedError);
  },

  "passwords are sent, and shown nowhere": () =>
    onServer(
      async (disque) => {
        assert.equal(await disque.ping(), "PONG");
        assert.doesNotMatch(inspect(disque, { depth: 9 }), /open sesame/);
      },
      { password: "open sesame" },
      { password: "open sesame" },
    ),

  "TLS, with the certificate verified": () =>
    onServer(
      async (disque, server) => {
        assert.match(server.address, /^disques:/);
        await disque.addJob("q", Buffer.alloc(100_000, 1));
        assert.equal((await disque.getJob("q"))[0]?.body.length, 100_000);
        const wary = new Disque(server.address, { failoverTimeout: 0 });
        await assert.rejects(wary.ping(), ConnectionError);
        await wary.close();
      },
      { tls: { cert: certificate, key: privateKey } },
      { tls: { ca: certificate } },
    ),

  "a Unix socket": () =>
    onServer(async (disque) => assert.equal(await disque.ping(), "PONG"), {
      path: join(tmpdir(), `disque-smoke-${process.pid}.sock`),
    }),

  "a client goes on with another node when the one that it is on is killed": async () => {
    const cluster = await TestCluster.start(3);
    const disque = new Disque(cluster.addresses);
    try {
      /** @type {string[]} */
      const switches = [];
      disque.on("switch", (to) => switches.push(to.address));
      await disque.addJob("q", "hello", { retry: 300 });
      const waiting = disque.getJob("empty");
      await cluster.node(0).faults.kill();
      assert.equal(await disque.ping(), "PONG");
      assert.notEqual(disque.connectedNode?.address, cluster.node(0).address);
      assert.ok(switches.length > 0);
      await disque.addJob("empty", "moved", { replicate: 2 });
      assert.equal((await waiting)[0]?.text(), "moved");
      cluster.advance(301_000);
      assert.equal((await disque.getJob("q"))[0]?.text(), "hello");
    } finally {
      await disque.close();
      await cluster.stop();
    }
  },

  "close lets what is under way finish, destroy does not": async () => {
    const server = await TestServer.start();
    const disque = new Disque(server.address);
    await disque.connect();
    const under = disque.ping("under way");
    await disque.close();
    assert.equal(await under, "under way");
    const other = new Disque(server.address);
    const waiting = other.getJob("empty");
    await other.ping();
    other.destroy();
    await assert.rejects(waiting, ClosedError);
    await server.stop();
  },

  "disque/resp alone: a connection, an encoder and a parser": async () => {
    const server = await TestServer.start();
    const connection = await Connection.open({ host: server.host, port: server.port });
    assert.equal(await connection.send(["PING"]), "PONG");
    await connection.end();
    await server.stop();
    /** @type {import("disque/resp").Reply[]} */
    const replies = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    for (const byte of encodeCommand(["PING", 5, new Uint8Array([0])])) parser.write(Uint8Array.of(byte));
    assert.deepEqual(replies, [[Buffer.from("PING"), Buffer.from("5"), Buffer.from([0])]]);
  },
};

/** Milliseconds that a check may take: none needs a hundredth of them. */
const PATIENCE = 20_000;

/** @param {() => Promise<void>} check */
function inTime(check) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${PATIENCE} ms`)), PATIENCE);
  });
  return Promise.race([check(), late]).finally(() => clearTimeout(timer));
}

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await inTime(check);
    console.log(`ok: ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}`);
    console.log(error);
  }
}
const all = Object.keys(checks).length;
console.log(`${all - failed} of ${all} checks passed`);
process.exitCode = failed === 0 ? 0 : 1;
