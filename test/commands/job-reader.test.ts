import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CountedJob, Job } from "../../src/commands/job.ts";
import { JobReader } from "../../src/commands/job-reader.ts";
import { jobs } from "../../src/commands/replies.ts";
import { Parser, type Reply } from "../../src/resp/index.ts";

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";

function bulk(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]);
}

function framed(queue: string, id: string, body: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from("*3\r\n"), bulk(queue), bulk(id), bulk(body)]);
}

/** What a client makes of a reply that comes in pieces of that size, with the reader of jobs or without. */
function read(reply: Buffer, size: number, reader?: JobReader): Job[] {
  const replies: Reply<Job>[] = [];
  const parser = new Parser<Job>({ onReply: (one) => replies.push(one), elementReader: () => reader });
  for (let at = 0; at < reply.length; at += size) parser.write(reply.subarray(at, at + size));
  assert.equal(replies.length, 1);
  return jobs(replies[0] ?? null, "node");
}

describe("the reader of jobs", () => {
  const bodies = ["", "body", "a\r\nb", "$5\r\n", Buffer.from([0, 255, 13, 10]), Buffer.alloc(70_000, "x")];
  const queues = ["mail", "", "größe", "q".repeat(300)];
  const items = queues.flatMap((queue) => bodies.map((body) => framed(queue, ID, body)));
  const reply = Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items]);

  it("reads what the parser reads without it, whole or in pieces", () => {
    const expected = read(reply, reply.length).map((job) => job.toJSON());
    for (const size of [reply.length, 65_536, 4_096, 1_000, 77]) {
      const found = read(reply, size, new JobReader("node"));
      assert.deepEqual(
        found.map((job) => job.toJSON()),
        expected,
        `in pieces of ${size}`,
      );
    }
  });

  it("reads an id that is no ASCII as it is read without it", () => {
    const item = Buffer.from(framed("mail", ID, "body"));
    item[item.indexOf(ID) + 35] = 0xad;
    const damaged = Buffer.concat([Buffer.from("*1\r\n"), item]);
    const [without] = read(damaged, damaged.length);
    const [found] = read(damaged, damaged.length, new JobReader("node"));
    assert.equal(found?.id, without?.id);
    assert.equal(found?.id.charCodeAt(35), 0xad);
  });

  it("reads a job wherever it is cut", () => {
    const two = Buffer.concat([Buffer.from("*2\r\n"), framed("mail", ID, "one"), framed("mail", ID, "two")]);
    for (let size = 1; size <= two.length; size++) {
      const found = read(two, size, new JobReader("node"));
      assert.deepEqual(
        found.map((job) => [job.id, job.text()]),
        [
          [ID, "one"],
          [ID, "two"],
        ],
      );
    }
  });

  it("gives each job its own id, though it is read while those of the next are still to come", () => {
    const ids = Array.from(
      { length: 300 },
      (_, n) => ID.slice(0, 11) + String(n).padStart(24, "A") + ID.slice(35),
    );
    const stream = Buffer.concat(
      ids.map((id, n) => {
        // Ids that are far apart are read one by one, others many at once.
        const body = "x".repeat(n % 11 === 0 ? 600 : n % 50);
        return Buffer.concat([Buffer.from("*1\r\n"), framed("mail", id, body)]);
      }),
    );
    for (const size of [1, 10, 60, 100, 200, 255, 1_000, 5_000, 50_000]) {
      const found: Job[] = [];
      const first: string[] = [];
      const parser = new Parser<Job>({
        onReply(reply) {
          for (const job of jobs(reply, "node")) {
            first.push(job.id);
            found.push(job);
          }
        },
        elementReader: () => JobReader.of("node"),
      });
      for (let at = 0; at < stream.length; at += size) parser.write(stream.subarray(at, at + size));
      assert.deepEqual(first, ids, `in pieces of ${size}`);
      assert.deepEqual(
        found.map(({ id }) => id),
        ids,
        `afterwards, in pieces of ${size}`,
      );
    }
  });

  it("knows of each job which node it came from, also where replies of several are read in turn", () => {
    const item = framed("mail", ID, "body");
    const found = ["a", "b", "a", "a", "b"].map((node) => {
      const jobs: Reply<Job>[] = [];
      assert.equal(JobReader.of(node).read(item, 0, item.length, jobs, 0, 1, item.length), 1);
      const [job] = jobs;
      assert.ok(job instanceof Job);
      return job.node;
    });
    assert.deepEqual(found, ["a", "b", "a", "a", "b"]);
  });

  const others: [string, Buffer][] = [
    ["a job with counters", Buffer.from("*7\r\n")],
    ["an id of another length", framed("mail", `${ID}0`, "body")],
    ["a length with a leading zero", Buffer.from(`*3\r\n$04\r\nmail\r\n$40\r\n${ID}\r\n$4\r\nbody\r\n`)],
    [
      "a length without digits",
      Buffer.from(`*3\r\n$\r\nmail\r\n$40\r\n${ID}\r\n$4\r\nbody\r\n${" ".repeat(9)}`),
    ],
    ["a negative length", Buffer.from(`*3\r\n$4\r\nmail\r\n$40\r\n${ID}\r\n$-1\r\n${" ".repeat(9)}`)],
    [
      "a queue that is longer than announced",
      Buffer.from(`*3\r\n$3\r\nmail\r\n$40\r\n${ID}\r\n$4\r\nbody\r\n`),
    ],
    [
      "a body that is longer than announced",
      Buffer.from(`*3\r\n$4\r\nmail\r\n$40\r\n${ID}\r\n$3\r\nbody\r\n`),
    ],
    ["a body that is not whole", framed("mail", ID, "body").subarray(0, -1)],
    ["a simple string", Buffer.from(`*3\r\n+mail\r\n$40\r\n${ID}\r\n$4\r\nbody\r\n`)],
    ["an id that is an integer", Buffer.from(`*3\r\n$4\r\nmail\r\n:1\r\n$4\r\nbody\r\n${" ".repeat(40)}`)],
    ["an array of two", Buffer.from(`*2\r\n$4\r\nmail\r\n$40\r\n${ID}\r\n${" ".repeat(40)}`)],
  ];
  for (const [what, bytes] of others) {
    it(`leaves to the parser ${what}`, () => {
      const reader = new JobReader("node");
      const found: Reply<Job>[] = [];
      // Behind one that it knows, since it guesses that the next is like it.
      const stream = Buffer.concat([framed("mail", ID, "body"), bytes]);
      const places = reader.read(stream, 0, stream.length, found, 0, 2, stream.length);
      assert.deepEqual([places, reader.end, found.length], [1, stream.length - bytes.length, 1]);
      assert.equal(new JobReader("node").read(bytes, 0, bytes.length, [], 0, 1, bytes.length), 0);
    });
  }

  it("leaves the limits of the parser in force", () => {
    const parser = new Parser<Job>({
      onReply: () => assert.fail("it is too long"),
      elementReader: () => new JobReader("node"),
      maxBulkLength: 50,
    });
    const long = Buffer.concat([Buffer.from("*1\r\n"), framed("mail", ID, "x".repeat(51))]);
    assert.throws(() => parser.write(long), /51 bytes, at most 50/);
  });
});

describe("a job", () => {
  const job = Job.of(ID, "größe", Buffer.from('{"to":"ü"}'), "node");
  const fields = { id: ID, queue: "größe", body: Buffer.from('{"to":"ü"}'), node: "node" };

  it("has its properties, as often as they are asked for", () => {
    for (let times = 0; times < 2; times++) {
      assert.deepEqual({ id: job.id, queue: job.queue, body: job.body, node: job.node }, fields);
      assert.deepEqual([job.text(), job.json()], ['{"to":"ü"}', { to: "ü" }]);
    }
  });

  it("has a body that is a buffer like any other", () => {
    assert.ok(Buffer.isBuffer(job.body));
    assert.deepEqual(job.body, Buffer.from('{"to":"ü"}'));
  });

  it("shows them in JSON and in a log", () => {
    assert.equal(JSON.stringify(job), JSON.stringify(fields));
    assert.equal(inspect(job), `Job ${inspect(fields)}`);
    const counted = new CountedJob(job, 1, 2);
    assert.deepEqual(counted.toJSON(), { ...fields, nacks: 1, additionalDeliveries: 2 });
    assert.match(inspect(counted), /^CountedJob \{[\s\S]*nacks: 1,[\s\S]*additionalDeliveries: 2/);
  });
});

describe("a large job that is gone", () => {
  const length = 8 * 2 ** 20;

  /** In a function of its own, so that nothing of it is left on the stack. */
  function see(size: number, reads: boolean): void {
    const reply = Buffer.concat([Buffer.from("*1\r\n"), framed("mail", ID, Buffer.alloc(length))]);
    // As the client does: the reader outlives the reply.
    const [job] = read(reply, size, JobReader.of("node"));
    if (reads) assert.equal(job?.id, ID);
  }

  for (const reads of [false, true])
    it(`keeps nothing in memory when its id was ${reads ? "" : "not "}read`, () => {
      setFlagsFromString("--expose-gc");
      const collect: () => void = runInNewContext("gc");
      collect();
      const before = process.memoryUsage().arrayBuffers;
      see(65_536, reads);
      see(2 * length, reads);
      collect();
      collect();
      const held = process.memoryUsage().arrayBuffers - before;
      assert.ok(held < length / 2, `${held} bytes`);
    });
});
