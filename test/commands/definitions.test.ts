import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandDefinition } from "../../src/commands/definition.ts";
import { jobsTable } from "../../src/commands/jobs.ts";
import { clusterTable, configTable } from "../../src/commands/subcommands.ts";
import { table } from "../../src/commands/table.ts";

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";

function resend<Args extends readonly unknown[]>(
  definition: CommandDefinition<Args, unknown>,
  ...args: Args
): string {
  const { resend } = definition;
  return typeof resend === "function" ? resend(...args) : resend;
}

describe("a command whose connection is lost", () => {
  it("is resent to any node if it is safe to repeat", () => {
    const { getJob, ackJob, fastAck, hello, info, ping, time, qlen, qstat, qpeek } = table;
    for (const command of [getJob, ackJob, fastAck, hello, info, ping, time, qlen, qstat, qpeek])
      assert.equal(command.resend, "any-node", command.name);
    for (const command of [clusterTable.myId, clusterTable.nodes, clusterTable.info])
      assert.equal(command.resend, "any-node", command.name);
  });

  it("is resent only to the same node if it is about that node", () => {
    const { working, show, enqueue, dequeue, delJob } = table;
    for (const command of [working, show, enqueue, dequeue, delJob])
      assert.equal(command.resend, "same-node", command.name);
    for (const command of [clusterTable.leaving, configTable.get, configTable.set])
      assert.equal(command.resend, "same-node", command.name);
  });

  it("is never resent if it is unsafe to repeat", () => {
    const { nackJob, jscan, qscan, shutdown, clientKill, clientSetName, clientPause } = table;
    for (const command of [nackJob, jscan, qscan, shutdown, clientKill, clientSetName, clientPause])
      assert.equal(command.resend, "never", command.name);
    assert.equal(clusterTable.reset.resend, "never");
  });

  it("adds a job again unless it is delivered at most once", () => {
    assert.equal(resend(table.addJob, "q", "b"), "any-node");
    assert.equal(resend(table.addJob, "q", "b", { retry: 1 }), "any-node");
    assert.equal(resend(table.addJob, "q", "b", { retry: 0 }), "never");
    assert.equal(resend(table.addJob, "q", "b", { retry: 0, resend: true }), "never");
  });

  it("does not add a job again with `resend: false`", () => {
    assert.equal(resend(table.addJob, "q", "b", { resend: true }), "any-node");
    assert.equal(resend(table.addJob, "q", "b", { resend: false }), "never");
  });

  it("pauses a queue again at any node only if all nodes are meant", () => {
    assert.equal(resend(table.pause, "q", "in"), "same-node");
    assert.equal(resend(table.pause, "q", "in", { bcast: false }), "same-node");
    assert.equal(resend(table.pause, "q", "in", { bcast: true }), "any-node");
  });
});

describe("the time that a command may block", () => {
  const blocks = jobsTable.getJob.blocks ?? (() => Number.NaN);

  it("is the timeout of GETJOB, infinite by default, and zero with NOHANG", () => {
    assert.equal(blocks("q"), Number.POSITIVE_INFINITY);
    assert.equal(blocks("q", { timeout: Number.POSITIVE_INFINITY }), Number.POSITIVE_INFINITY);
    assert.equal(blocks("q", { timeout: 7 }), 7);
    assert.equal(blocks("q", { nohang: true, timeout: 7 }), 0);
  });

  it("is the timeout of a replicated ADDJOB, at most 300 ms if the client chooses the number of copies", () => {
    const blocks = jobsTable.addJob.blocks ?? (() => Number.NaN);
    assert.equal(blocks("q", "b"), 300);
    assert.equal(blocks("q", "b", { timeout: 7 }), 7);
    assert.equal(blocks("q", "b", { replicate: 2 }), 5_000);
    assert.equal(blocks("q", "b", { timeout: 7, replicate: 2 }), 7);
    const forever = { timeout: Number.POSITIVE_INFINITY };
    assert.equal(blocks("q", "b", forever), 300);
    assert.equal(blocks("q", "b", { ...forever, replicate: 2 }), Number.POSITIVE_INFINITY);
    for (const options of [{ async: true }, { replicate: 1 }, { retry: 0 }])
      assert.equal(blocks("q", "b", options), 0);
    const replicating = Object.values(table).filter((command) => "replicates" in command);
    assert.deepEqual(replicating, [table.addJob]);
  });

  it("leaves the number of copies to the client without `replicate`, except for a job delivered at most once", () => {
    const { choosesCopies, encodeWithCopies } = jobsTable.addJob;
    assert.equal(choosesCopies?.("q", "b"), true);
    assert.equal(choosesCopies?.("q", "b", { retry: 60, timeout: 1 }), true);
    assert.equal(choosesCopies?.("q", "b", { replicate: 3 }), false);
    assert.equal(choosesCopies?.("q", "b", { retry: 0 }), false);
    assert.deepEqual(encodeWithCopies?.(2, "q", "b", { retry: 60 }), [
      "ADDJOB",
      "q",
      "b",
      300,
      "REPLICATE",
      2,
      "RETRY",
      60,
    ]);
  });

  it("can be shortened for GETJOB, keeping its other options", () => {
    const words = jobsTable.getJob.encodeWithTimeout?.(9, ["q", "r"], {
      timeout: 99,
      count: 2,
      withCounters: true,
    });
    assert.deepEqual(words, ["GETJOB", "TIMEOUT", 9, "COUNT", 2, "WITHCOUNTERS", "FROM", "q", "r"]);
    assert.deepEqual(jobsTable.getJob.encodeWithTimeout?.(9, "q"), ["GETJOB", "TIMEOUT", 9, "FROM", "q"]);
  });

  it("ends with a closed connection only for SHUTDOWN", () => {
    const closing = Object.values(table).filter((command) => "closesConnection" in command);
    assert.deepEqual(closing, [table.shutdown]);
  });
});

describe("the arguments of a command on jobs", () => {
  it("are the jobs", () => {
    const job = { id: ID };
    assert.deepEqual(table.working.jobs?.(job), [job]);
    assert.deepEqual(table.show.jobs?.(ID), [ID]);
    assert.deepEqual(table.ackJob.jobs?.(job, ID), [job, ID]);
    assert.deepEqual(table.ackJob.jobs?.([job], {}), [job]);
    assert.deepEqual(table.ackJob.jobs?.(), []);
  });

  it("include the options after an array of jobs", () => {
    const options = { commandTimeout: 1 };
    assert.equal(table.ackJob.options?.([ID], options), options);
    assert.equal(table.ackJob.options?.([ID]), undefined);
    assert.equal(table.ackJob.options?.(ID, ID), undefined);
  });
});
