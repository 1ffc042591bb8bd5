import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterTable } from "../../src/commands/cluster.ts";
import type { Command } from "../../src/commands/command.ts";
import { configTable } from "../../src/commands/config.ts";
import { jobsTable } from "../../src/commands/jobs.ts";
import { table } from "../../src/commands/table.ts";

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";

function resend<Args extends readonly unknown[]>(command: Command<Args, unknown>, ...args: Args): string {
  const { resend } = command.traits;
  return typeof resend === "function" ? resend(...args) : resend;
}

describe("whether a command may be sent again", () => {
  it("what does no harm twice goes to any node", () => {
    const { getJob, ackJob, fastAck, hello, info, ping, time, qlen, qstat, qpeek } = table;
    for (const command of [getJob, ackJob, fastAck, hello, info, ping, time, qlen, qstat, qpeek])
      assert.equal(command.traits.resend, "any-node", command.wire.join(" "));
    for (const command of [clusterTable.myId, clusterTable.nodes, clusterTable.info])
      assert.equal(command.traits.resend, "any-node", command.wire.join(" "));
  });

  it("what speaks of one node goes to that one only", () => {
    const { working, show, enqueue, dequeue, delJob } = table;
    for (const command of [working, show, enqueue, dequeue, delJob])
      assert.equal(command.traits.resend, "same-node", command.wire.join(" "));
    for (const command of [clusterTable.leaving, configTable.get, configTable.set])
      assert.equal(command.traits.resend, "same-node", command.wire.join(" "));
  });

  it("a NACK, a cursor, a SHUTDOWN, a CLIENT PAUSE and a CLUSTER RESET are never sent again", () => {
    const { nackJob, jscan, qscan, shutdown, clientKill, clientSetName, clientPause } = table;
    for (const command of [nackJob, jscan, qscan, shutdown, clientKill, clientSetName, clientPause])
      assert.equal(command.traits.resend, "never", command.wire.join(" "));
    assert.equal(clusterTable.reset.traits.resend, "never");
  });

  it("a job is added again unless it is to be delivered at most once", () => {
    assert.equal(resend(table.addJob, "q", "b"), "any-node");
    assert.equal(resend(table.addJob, "q", "b", { retry: 1 }), "any-node");
    assert.equal(resend(table.addJob, "q", "b", { retry: 0 }), "never");
    assert.equal(resend(table.addJob, "q", "b", { retry: 0, resend: true }), "never");
  });

  it("a job is not added again where that is not wanted", () => {
    assert.equal(resend(table.addJob, "q", "b", { resend: true }), "any-node");
    assert.equal(resend(table.addJob, "q", "b", { resend: false }), "never");
  });

  it("a pause is set again anywhere if it is for all nodes", () => {
    assert.equal(resend(table.pause, "q", "in"), "same-node");
    assert.equal(resend(table.pause, "q", "in", { bcast: false }), "same-node");
    assert.equal(resend(table.pause, "q", "in", { bcast: true }), "any-node");
  });
});

describe("how long a command may keep silent", () => {
  const blocks = jobsTable.getJob.traits.blocks ?? (() => Number.NaN);

  it("GETJOB for its timeout, without one or with 0 for ever, and with NOHANG not at all", () => {
    assert.equal(blocks("q"), Number.POSITIVE_INFINITY);
    assert.equal(blocks("q", { timeout: 0 }), Number.POSITIVE_INFINITY);
    assert.equal(blocks("q", { timeout: 7 }), 7);
    assert.equal(blocks("q", { nohang: true, timeout: 7 }), 0);
  });

  it("ADDJOB while the job is replicated, and not at all where it need not be", () => {
    const blocks = jobsTable.addJob.traits.blocks ?? (() => Number.NaN);
    assert.equal(blocks("q", "b"), 5_000);
    assert.equal(blocks("q", "b", { timeout: 7, replicate: 2 }), 7);
    assert.equal(blocks("q", "b", { timeout: 0 }), Number.POSITIVE_INFINITY);
    for (const options of [{ async: true }, { replicate: 1 }, { retry: 0 }])
      assert.equal(blocks("q", "b", options), 0);
    const replicating = Object.values(table).filter((command) => "replicates" in command.traits);
    assert.deepEqual(replicating, [table.addJob]);
  });

  it("a long GETJOB is asked for in pieces that are like it in all but the time", () => {
    const words = jobsTable.getJob.traits.shorten?.(9, ["q", "r"], {
      timeout: 99,
      count: 2,
      withCounters: true,
    });
    assert.deepEqual(words, ["TIMEOUT", 9, "COUNT", 2, "WITHCOUNTERS", "FROM", "q", "r"]);
    assert.deepEqual(jobsTable.getJob.traits.shorten?.(9, "q"), ["TIMEOUT", 9, "FROM", "q"]);
  });

  it("only SHUTDOWN is answered by closing the connection", () => {
    const hangingUp = Object.values(table).filter((command) => "hangsUp" in command.traits);
    assert.deepEqual(hangingUp, [table.shutdown]);
  });
});

describe("the jobs that a command is about", () => {
  it("are those of its arguments", () => {
    const job = { id: ID };
    assert.deepEqual(table.working.traits.jobs?.(job), [job]);
    assert.deepEqual(table.show.traits.jobs?.(ID), [ID]);
    assert.deepEqual(table.ackJob.traits.jobs?.(job, ID), [job, ID]);
    assert.deepEqual(table.ackJob.traits.jobs?.([job], {}), [job]);
    assert.deepEqual(table.ackJob.traits.jobs?.(), []);
  });

  it("leave the options where they are", () => {
    const options = { commandTimeout: 1 };
    assert.equal(table.ackJob.options?.([ID], options), options);
    assert.equal(table.ackJob.options?.([ID]), undefined);
    assert.equal(table.ackJob.options?.(ID, ID), undefined);
  });
});
