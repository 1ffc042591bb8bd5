import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prepare, replyTimeout } from "../../../src/cluster/execution/prepared-call.ts";
import { table } from "../../../src/commands/table.ts";

const { addJob, getJob, qlen } = table;

describe("the time until a reply is overdue", () => {
  it("is the longer of the client's commandTimeout and the call's", () => {
    assert.equal(replyTimeout(prepare(qlen, ["q"]), 10_000), 10_000);
    assert.equal(replyTimeout(prepare(qlen, ["q", { commandTimeout: 50 }]), 10_000), 10_000);
    assert.equal(replyTimeout(prepare(qlen, ["q", { commandTimeout: 30_000 }]), 10_000), 30_000);
  });

  it("is at least two seconds after the end of a wait, since a late reply may hold a job", () => {
    const wait = prepare(getJob, ["q", { timeout: 300 }]);
    assert.equal(replyTimeout(wait, 100), 2_300);
    assert.equal(replyTimeout(wait, 5_000), 5_300);
    assert.equal(replyTimeout(prepare(getJob, ["q", { nohang: true }]), 100), 100);
  });

  it("is short for an ADDJOB that can be sent to another node", () => {
    /** The time beyond that for which the server may block. */
    function margin(options: object): number {
      const call = prepare(addJob, ["q", "body", options]);
      return replyTimeout(call, 10_000) - call.blocks;
    }
    assert.equal(margin({}), 2_500);
    assert.equal(margin({ resend: false }), 10_000);
    assert.equal(margin({ replicate: 3 }), 10_000);
    assert.equal(margin({ commandTimeout: 20_000 }), 20_000);
  });
});
