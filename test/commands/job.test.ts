import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { CountedJob, decodeFetchedJobs, decodeJobs, Job, originPrefix } from "../../src/commands/job.ts";
import { Parser, type Reply, ReplyError } from "../../src/resp/index.ts";

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";
const bulk = (text: string): Buffer => Buffer.from(text);
const FIELDS = { id: ID, queue: "mail", body: bulk("body"), node: "node" };

/** Jobs as they arrive from the network: the bodies are views of one chunk. */
function received(...bodies: readonly Uint8Array[]): Job[] {
  const items = bodies.map((body) =>
    Buffer.concat([
      Buffer.from(`*3\r\n$4\r\nmail\r\n$40\r\n${ID}\r\n$${body.length}\r\n`),
      body,
      Buffer.from("\r\n"),
    ]),
  );
  const replies: Reply[] = [];
  const parser = new Parser({ onReply: (reply) => replies.push(reply) });
  parser.write(Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items]));
  const [reply] = replies;
  assert.ok(reply !== undefined);
  return decodeJobs(reply, "node");
}

describe("a job", () => {
  it("equals another job with the same fields", () => {
    assert.deepStrictEqual(received(bulk("body"))[0], new Job(FIELDS));
    assert.notDeepStrictEqual(received(bulk("other"))[0], new Job(FIELDS));
  });

  it("has own enumerable fields, which a spread copies", () => {
    const job = new Job(FIELDS);
    assert.deepEqual(Object.keys(job), ["id", "queue", "body", "node"]);
    assert.deepEqual({ ...job }, FIELDS);
    const counted = new CountedJob({ ...FIELDS, nacks: 1, additionalDeliveries: 2 });
    assert.deepEqual({ ...counted }, { ...FIELDS, nacks: 1, additionalDeliveries: 2 });
  });

  it("can be cloned with structuredClone", () => {
    const [job] = received(bulk("body"));
    assert.ok(job !== undefined);
    const clone = structuredClone(job);
    assert.deepEqual({ ...clone, body: Buffer.from(clone.body) }, FIELDS);
  });

  it("can be written as JSON and restored from it", () => {
    const { id, queue, body, node } = JSON.parse(JSON.stringify(new Job(FIELDS)));
    assert.deepEqual(new Job({ id, queue, body: Buffer.from(body), node }), new Job(FIELDS));
  });

  it("shows its fields to inspect and console.log", () => {
    assert.equal(
      inspect(new Job(FIELDS)),
      `Job {\n  id: '${ID}',\n  queue: 'mail',\n  body: <Buffer 62 6f 64 79>,\n  node: 'node'\n}`,
    );
  });

  it("reads its body as text and as JSON", () => {
    assert.equal(new Job({ ...FIELDS, body: bulk("ü") }).text(), "ü");
    assert.deepEqual(new Job({ ...FIELDS, body: bulk('{"a":1}') }).json<{ a: number }>(), { a: 1 });
    assert.throws(() => new Job({ ...FIELDS, body: bulk("{") }).json(), SyntaxError);
  });

  it("tells from its id which node it was added on", () => {
    assert.equal(originPrefix(ID), "0123abcd");
  });
});

describe("the memory of a body", () => {
  for (const size of [0, 1, 4_095, 4_096, 4_097, 100_000])
    it(`of ${size} bytes stays intact when another job's body is transferred`, () => {
      const [first, second, third] = received(
        Buffer.alloc(size, "a"),
        Buffer.alloc(size, "b"),
        Buffer.alloc(size, "c"),
      );
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      try {
        structuredClone(second.body, { transfer: [second.body.buffer as ArrayBuffer] });
      } catch (error) {
        // Bodies in Node's own pool are safe: the pool cannot be transferred.
        assert.equal((error as Error).name, "DataCloneError");
      }
      assert.deepEqual([first.body, third.body], [Buffer.alloc(size, "a"), Buffer.alloc(size, "c")]);
    });

  it("is not the chunk it was received in, so that a retained job does not retain the others", () => {
    for (const size of [1, 100, 4_096, 5_000]) {
      for (const { body } of received(...Array.from({ length: 100 }, () => Buffer.alloc(size)))) {
        // The pool of small buffers, to which Node may add a few bytes.
        assert.ok(body.buffer.byteLength <= Buffer.poolSize + 8_192, `${body.buffer.byteLength} bytes`);
      }
    }
  });

  it("is not copied for a large body that already has its own memory", () => {
    const body = Buffer.alloc(100_000, "a");
    const [job] = decodeJobs([[bulk("mail"), bulk(ID), body]], "node");
    assert.equal(job?.body.buffer, body.buffer);
  });
});

describe("the reply to GETJOB and QPEEK", () => {
  const plain: Reply[] = [bulk("mail"), bulk(ID), Buffer.of(0, 255)];
  const counters: Reply[] = [bulk("nacks"), 1, "additional-deliveries", 2];

  it("contains jobs with or without counters, and each job knows its node", () => {
    const [first, second, ...more] = decodeJobs([plain, [...plain, ...counters, "later", 3]], "node");
    const fields = { id: ID, queue: "mail", body: Buffer.of(0, 255), node: "node" };
    assert.deepStrictEqual(first, new Job(fields));
    assert.deepStrictEqual(second, new CountedJob({ ...fields, nacks: 1, additionalDeliveries: 2 }));
    assert.deepEqual(more, []);
  });

  it("is null or an empty array if there are no jobs", () => {
    for (const none of [null, []]) assert.deepEqual(decodeJobs(none, "node"), []);
  });

  it("may have simple strings instead of bulk strings", () => {
    const [job] = decodeJobs([["mail", ID, "body"]], "node");
    assert.deepStrictEqual(job, new Job(FIELDS));
  });

  it("is rejected if it has more jobs than requested", () => {
    assert.equal(decodeFetchedJobs([plain, plain], "node", 2).length, 2);
    assert.deepEqual(decodeFetchedJobs(null, "node", 1), []);
    assert.throws(() => decodeFetchedJobs([plain, plain], "node", 1), {
      name: "ProtocolError",
      message: "GETJOB: expected at most 1 jobs, got 2",
    });
  });

  const malformed: [Reply, RegExp][] = [
    ["OK", /^jobs: expected an array/],
    [7, /^jobs: expected an array/],
    [[null], /^job: expected an array, got null/],
    [[new ReplyError("ERR inside")], /^job: expected an array, got the error ERR/],
    [[[]], /^id of a job: expected a string, got nothing/],
    [[[bulk("mail"), 7, bulk("b")]], /^id of a job: expected a string/],
    [[[null, bulk(ID), bulk("b")]], /^queue of a job: expected a string/],
    [[[bulk("mail"), bulk(ID)]], /^body of a job: expected a bulk string, got nothing/],
    [[[bulk("mail"), bulk(ID), null]], /^body of a job: expected a bulk string, got null/],
    [[[...plain, "nacks"]], /^counters of a job: expected pairs/],
    [[[...plain, "nacks", 1]], /^additional-deliveries: expected an integer, got nothing/],
    [[[...plain, "nacks", "1", "additional-deliveries", 2]], /^nacks: expected an integer/],
  ];
  for (const [reply, message] of malformed) {
    it(`of another shape is a ProtocolError: ${message.source}`, () => {
      assert.throws(() => decodeJobs(reply, "node"), { name: "ProtocolError", message });
    });
  }
});
