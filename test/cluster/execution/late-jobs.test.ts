import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LateJobs, type WaitingCall } from "../../../src/cluster/execution/waits.ts";
import { CountedJob, Job } from "../../../src/commands/job.ts";
import { ConnectionError } from "../../../src/resp/index.ts";

/** A job with its own id. Odd ids are those of jobs delivered at least once. */
function job(n: number, { queue = "q", atMostOnce = false } = {}): Job {
  const id = `D-0123abcd-ABCDEFGHIJKLMNOPQRST${String(n).padStart(4, "0")}-05a${atMostOnce ? 0 : 1}`;
  return new Job({ id, queue, body: Buffer.alloc(0), node: "" });
}

interface Stage {
  readonly late: LateJobs;
  /** The jobs of each ENQUEUE, and the orphans. */
  readonly enqueued: (readonly Job[])[];
  readonly orphans: Job[];
  /** Registers a call that waits for jobs, and returns the jobs it is given. */
  wait(call: Partial<WaitingCall>): Job[];
}

function stage(enqueue: () => Promise<unknown> = () => Promise.resolve(1)): Stage {
  const enqueued: (readonly Job[])[] = [];
  const orphans: Job[] = [];
  const late = new LateJobs({
    enqueue: (jobs) => {
      enqueued.push(jobs);
      return enqueue();
    },
    onOrphan: (orphan) => orphans.push(orphan),
  });
  return {
    late,
    enqueued,
    orphans,
    wait(call) {
      const given: Job[] = [];
      late.register({ queues: ["q"], withCounters: false, give: (each) => given.push(each) > 0, ...call });
      return given;
    },
  };
}

describe("a late job", () => {
  it("goes to a call that waits for its queue", async () => {
    const { late, wait, enqueued } = stage();
    const given = wait({ queues: ["other", "q"] });
    await late.giveBack([job(1)]);
    assert.deepEqual([given, enqueued], [[job(1)], []]);
  });

  it("goes to the call that has waited longest, and the next job to the next call", async () => {
    const { late, wait, enqueued } = stage();
    const [first, second] = [wait({}), wait({})];
    await late.giveBack([job(1), job(2), job(3)]);
    assert.deepEqual([first, second, enqueued], [[job(1)], [job(2)], [[job(3)]]]);
  });

  it("goes to the next call if a call turns out to wait no longer", async () => {
    const { late, wait, enqueued } = stage();
    wait({ give: () => false });
    const given = wait({});
    await late.giveBack([job(1)]);
    assert.deepEqual([given, enqueued], [[job(1)], []]);
  });

  it("does not go to a call that waits for other queues, wants counters, or no longer waits", async () => {
    const { late, wait, enqueued } = stage();
    const others = [wait({ queues: ["other"] }), wait({ withCounters: true })];
    const gone: Job[] = [];
    late.register({ queues: ["q"], withCounters: false, give: (each) => gone.push(each) > 0 })();
    await late.giveBack([job(1)]);
    assert.deepEqual([others, gone, enqueued], [[[], []], [], [[job(1)]]]);
  });

  it("with counters goes to any call that waits for its queue", async () => {
    const counted = new CountedJob({ ...job(1), nacks: 1, additionalDeliveries: 2 });
    for (const withCounters of [true, false]) {
      const { late, wait } = stage();
      const given = wait({ withCounters });
      await late.giveBack([counted]);
      assert.deepEqual(given, [counted]);
    }
  });

  it("goes back to its queue if no call waits for it", async () => {
    const { late, enqueued, orphans } = stage();
    await late.giveBack([job(1), job(2)]);
    assert.deepEqual([enqueued, orphans], [[[job(1), job(2)]], []]);
  });

  it("that is delivered at most once is an orphan if no call waits for it", async () => {
    const { late, wait, enqueued, orphans } = stage();
    const given = wait({});
    const jobs = [1, 2, 3].map((n) => job(n, { atMostOnce: true }));
    await late.giveBack([...jobs, job(4)]);
    assert.deepEqual([given, orphans, enqueued], [jobs.slice(0, 1), jobs.slice(1), [[job(4)]]]);
  });

  it("goes back in commands of at most 1,000 jobs, one after the other", async () => {
    let running = 0;
    let most = 0;
    const { late, enqueued } = stage(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
    await late.giveBack(Array.from({ length: 2_500 }, (_, n) => job(n)));
    assert.deepEqual(
      enqueued.map(({ length }) => length),
      [1_000, 1_000, 500],
    );
    assert.equal(most, 1);
  });

  it("is redelivered after its retry time if it cannot go back", async () => {
    const { late, enqueued } = stage(() => Promise.reject(new ConnectionError("gone")));
    await late.giveBack(Array.from({ length: 1_001 }, (_, n) => job(n)));
    assert.equal(enqueued.length, 2);
  });
});

describe("late jobs are settled", () => {
  it("at once if no reply is expected", async () => {
    await stage().late.settled();
  });

  it("when all expected replies have arrived, including those expected meanwhile", async () => {
    const { late } = stage();
    const answers: (() => void)[] = [];
    const expect = (): void => late.expect(new Promise((resolve) => answers.push(() => resolve(undefined))));
    expect();
    expect();
    let isSettled = false;
    const settled = late.settled().then(() => {
      isSettled = true;
    });
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    answers[0]?.();
    await turn();
    assert.equal(isSettled, false);
    expect();
    answers[1]?.();
    await turn();
    assert.equal(isSettled, false);
    answers[2]?.();
    await settled;
  });
});
