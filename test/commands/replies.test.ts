import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountedJob, Job } from "../../src/commands/job.ts";
import { hello, jobInfo, jobs, queueStat } from "../../src/commands/replies.ts";
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

/** Each field must be there and of its kind, else the error names it. */
function itNamesBadFields(
  decode: (reply: Reply) => unknown,
  fields: Fields,
  nullable: readonly string[],
): void {
  for (const name of Object.keys(fields)) {
    const named = (error: unknown): boolean =>
      error instanceof ProtocolError && error.message.startsWith(`${name}: expected `);
    if (!nullable.includes(name)) {
      it(`a missing ${name} is an error that names it`, () =>
        assert.throws(() => decode(flat(without(fields, name))), named));
      it(`a ${name} that is null is an error that names it`, () =>
        assert.throws(() => decode(flat({ ...fields, [name]: null })), named));
    }
    it(`a ${name} of another kind is an error that names it`, () => {
      const wrong = Array.isArray(fields[name]) ? bulk("x") : [[]];
      assert.throws(() => decode(flat({ ...fields, [name]: wrong })), named);
      assert.throws(() => decode(flat({ ...fields, [name]: new ReplyError("ERR no") })), named);
    });
  }
}

describe("a job of SHOW", () => {
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

  it("has all that the server said of it, with ctime exact", () => {
    const { others, ...info } = jobInfo(flat(fields));
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

  it("may have nulls, as one known by its acknowledgement only", () => {
    const nulls = { queue: null, "next-requeue-within": null, "next-awake-within": null, body: null };
    const info = jobInfo(flat({ ...fields, ...nulls, state: "acked", ctime: 5 }));
    assert.deepEqual(
      [info.queue, info.nextRequeueWithin, info.nextAwakeWithin, info.body, info.state, info.ctime],
      [null, null, null, null, "acked", 5n],
    );
  });

  it("keeps fields that are not known yet, whatever they are called", () => {
    const others = { priority: 9, ["__proto__"]: bulk("x"), constructor: [1] };
    const info = jobInfo(flat({ ...fields, ...others }));
    assert.deepEqual(Object.keys(info.others), ["priority", "__proto__", "constructor"]);
    assert.deepEqual([info.others.priority, info.others.constructor], [9, [1]]);
    assert.equal(Object.getPrototypeOf(info), Object.prototype);
  });

  it("is in one of the states that there are", () => {
    for (const state of ["wait-repl", "active", "queued", "acked"])
      assert.equal(jobInfo(flat({ ...fields, state })).state, state);
    assert.throws(
      () => jobInfo(flat({ ...fields, state: "lost" })),
      /^ProtocolError: state: expected one of/,
    );
  });

  itNamesBadFields(jobInfo, fields, ["queue", "next-requeue-within", "next-awake-within", "body"]);
});

describe("a queue of QSTAT", () => {
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

  it("has all that the server said of it", () => {
    const { others, ...stat } = queueStat(flat({ ...fields, speed: 1 }));
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

  it("is paused in one of the ways that there are", () => {
    assert.throws(
      () => queueStat(flat({ ...fields, pause: "state" })),
      /^ProtocolError: pause: expected one of/,
    );
  });

  itNamesBadFields(queueStat, fields, []);
});

describe("jobs of GETJOB and QPEEK", () => {
  const plain: Reply[] = [bulk("mail"), bulk(ID), Buffer.of(0, 255)];
  const counters: Reply[] = [bulk("nacks"), 1, "additional-deliveries", 2];

  it("are plain, or have counters, and know their node", () => {
    const [first, second, ...more] = jobs([plain, [...plain, ...counters, "later", 3]], "node");
    const fields = { id: ID, queue: "mail", body: Buffer.of(0, 255), node: "node" };
    assert.ok(first instanceof Job && !(first instanceof CountedJob));
    assert.deepEqual(first.toJSON(), fields);
    assert.ok(second instanceof CountedJob);
    assert.deepEqual(second.toJSON(), { ...fields, nacks: 1, additionalDeliveries: 2 });
    assert.deepEqual(more, []);
  });

  it("are none for a null, and for an empty array", () => {
    for (const none of [null, []]) {
      assert.deepEqual(jobs(none, "node"), []);
    }
  });

  it("may have simple strings where others have bulk strings", () => {
    const [job] = jobs([["mail", ID, "body"]], "node");
    assert.deepEqual(job?.toJSON(), { id: ID, queue: "mail", body: bulk("body"), node: "node" });
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
    it(`of another shape are an error: ${message.source}`, () => {
      assert.throws(() => jobs(reply, "node"), { name: "ProtocolError", message });
    });
  }
});

describe("HELLO", () => {
  const node = (...words: Reply[]): Reply => words;

  it("gives the node and the nodes that it knows; what is added later is passed over", () => {
    assert.deepEqual(
      hello([1, bulk("me"), node(bulk("me"), "", bulk("0"), "1"), node("you", "::1", "7711", "100", "more")]),
      {
        version: 1,
        id: "me",
        nodes: [
          { id: "me", host: "", port: 0, priority: 1 },
          { id: "you", host: "::1", port: 7711, priority: 100 },
        ],
      },
    );
    assert.deepEqual(hello([1, "me"]).nodes, []);
  });

  const malformed: [Reply, RegExp][] = [
    [null, /^HELLO: expected an array, got null/],
    [[], /^version of HELLO/],
    [["1", "me"], /^version of HELLO/],
    [[1], /^id of the node/],
    [[1, "me", "you"], /^node in HELLO: expected an array/],
    [[1, "me", [null, "h", "1", "1"]], /^id of a node/],
    [[1, "me", ["you", null, "1", "1"]], /^host of a node/],
    [[1, "me", ["you", "h", "x", "1"]], /^port of a node: expected a number/],
    [[1, "me", ["you", "h", "1"]], /^priority of a node: expected a string, got nothing/],
    // HELLO of Redis: a flat array of fields.
    [[bulk("server"), bulk("redis")], /^version of HELLO: expected an integer/],
  ];
  for (const [reply, message] of malformed) {
    it(`of another shape is an error: ${message.source}`, () => {
      assert.throws(() => hello(reply), { name: "ProtocolError", message });
    });
  }
});
