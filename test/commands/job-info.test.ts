import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeJobInfo } from "../../src/commands/job-info.ts";
import { queuesTable } from "../../src/commands/queues.ts";
import { ProtocolError, type Reply, ReplyError } from "../../src/resp/index.ts";

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";
const bulk = (text: string): Buffer => Buffer.from(text);

type Fields = Readonly<Record<string, Reply>>;

function flat(fields: Fields): Reply[] {
  return Object.entries(fields).flatMap(([name, value]) => [bulk(name), value]);
}

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
}

/** Each field must be present and of its kind; otherwise the error names it. */
function itNamesBadFields(
  decode: (reply: Reply) => unknown,
  fields: Fields,
  nullable: readonly string[],
): void {
  for (const name of Object.keys(fields)) {
    const named = (error: unknown): boolean =>
      error instanceof ProtocolError && error.message.startsWith(`${name}: expected `);
    if (!nullable.includes(name)) {
      it(`without ${name} is a ProtocolError that names it`, () =>
        assert.throws(() => decode(flat(without(fields, name))), named));
      it(`with null for ${name} is a ProtocolError that names it`, () =>
        assert.throws(() => decode(flat({ ...fields, [name]: null })), named));
    }
    it(`with another kind of ${name} is a ProtocolError that names it`, () => {
      const wrong = Array.isArray(fields[name]) ? bulk("x") : [[]];
      assert.throws(() => decode(flat({ ...fields, [name]: wrong })), named);
      assert.throws(() => decode(flat({ ...fields, [name]: new ReplyError("ERR no") })), named);
    });
  }
}

describe("the reply to SHOW", () => {
  const fields = {
    id: bulk(ID),
    queue: bulk("mail"),
    state: bulk("wait-repl"),
    repl: 3,
    ttl: 86_400,
    ctime: 1_764_000_000_123_456_789n,
    delay: 1,
    retry: 300,
    nacks: 2,
    "additional-deliveries": 4,
    "nodes-delivered": [bulk("a"), "b"],
    "nodes-confirmed": [],
    "next-requeue-within": 299_000,
    "next-awake-within": 298_500,
    body: bulk("body"),
  };

  it("contains everything that the server knows of the job, with the exact ctime", () => {
    const { others, ...info } = decodeJobInfo(flat(fields));
    assert.deepEqual(info, {
      id: ID,
      queue: "mail",
      state: "wait-repl",
      repl: 3,
      ttl: 86_400,
      ctime: 1_764_000_000_123_456_789n,
      delay: 1,
      retry: 300,
      nacks: 2,
      additionalDeliveries: 4,
      nodesDelivered: ["a", "b"],
      nodesConfirmed: [],
      nextRequeueWithin: 299_000,
      nextAwakeWithin: 298_500,
      body: bulk("body"),
    });
    assert.deepEqual(Object.keys(others), []);
  });

  it("may contain nulls, for a job that is known only by its acknowledgement", () => {
    const nulls = { queue: null, "next-requeue-within": null, "next-awake-within": null, body: null };
    const info = decodeJobInfo(flat({ ...fields, ...nulls, state: "acked", ctime: 5 }));
    assert.deepEqual(
      [info.queue, info.nextRequeueWithin, info.nextAwakeWithin, info.body, info.state, info.ctime],
      [null, null, null, null, "acked", 5n],
    );
  });

  for (const [time, expected] of [
    [0, 0],
    [-5, -5],
    [2 ** 31 * 1_000, 2 ** 31 * 1_000],
    [2 ** 31 * 1_000 + 1, null],
    [-(2 ** 31) * 1_000 - 1, null],
    [9_223_372_036_854_775_807n, null],
    [-9_223_372_036_854_775_808n, null],
  ] as const)
    it(`has ${expected === null ? "null for the time" : "the time"} ${time}, whatever the server sends`, () => {
      const times = { "next-requeue-within": time, "next-awake-within": time };
      const info = decodeJobInfo(flat({ ...fields, ...times }));
      assert.deepEqual([info.nextRequeueWithin, info.nextAwakeWithin], [expected, expected]);
    });

  it("may contain any 64-bit integer for a time that was never set", () => {
    const unset = { ttl: -9_223_372_036_854_775_808n, delay: 9_223_372_036_854_775_807n, retry: 0, ctime: 0 };
    const info = decodeJobInfo(flat({ ...fields, ...unset }));
    assert.deepEqual([info.ttl, info.delay, info.retry, info.ctime], [-(2 ** 63), 2 ** 63, 0, 0n]);
  });

  it("keeps unknown fields, whatever their names", () => {
    const others = { priority: 9, ["__proto__"]: bulk("x"), constructor: [1] };
    const info = decodeJobInfo(flat({ ...fields, ...others }));
    assert.deepEqual(Object.keys(info.others), ["priority", "__proto__", "constructor"]);
    assert.deepEqual([info.others.priority, info.others.constructor], [9, [1]]);
    assert.equal(Object.getPrototypeOf(info), Object.prototype);
  });

  it("has one of the known states", () => {
    for (const state of ["wait-repl", "active", "queued", "acked"])
      assert.equal(decodeJobInfo(flat({ ...fields, state })).state, state);
    assert.throws(
      () => decodeJobInfo(flat({ ...fields, state: "lost" })),
      /^ProtocolError: state: expected one of/,
    );
  });

  itNamesBadFields(decodeJobInfo, fields, ["queue", "next-requeue-within", "next-awake-within", "body"]);
});

describe("the reply to QSTAT", () => {
  const decode = (reply: Reply) => queuesTable.qstat.decode(reply, { args: ["q"], node: "" });
  const fields = {
    name: bulk("mail"),
    len: 1,
    age: 2,
    idle: 3,
    blocked: 4,
    "import-from": [bulk("a")],
    "import-rate": 5,
    "jobs-in": 6,
    "jobs-out": 7,
    pause: bulk("out"),
  };

  it("contains everything that the server knows of the queue", () => {
    const decoded = decode(flat({ ...fields, speed: 1 }));
    assert.ok(decoded !== null);
    const { others, ...stat } = decoded;
    assert.deepEqual(stat, {
      name: "mail",
      len: 1,
      age: 2,
      idle: 3,
      blocked: 4,
      importFrom: ["a"],
      importRate: 5,
      jobsIn: 6,
      jobsOut: 7,
      pause: "out",
    });
    assert.deepEqual({ ...others }, { speed: 1 });
  });

  it("has one of the known states of a pause", () => {
    assert.throws(
      () => decode(flat({ ...fields, pause: "state" })),
      /^ProtocolError: pause: expected one of/,
    );
  });

  itNamesBadFields(decode, fields, []);
});
