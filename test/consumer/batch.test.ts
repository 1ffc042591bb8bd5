import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Batch } from "../../src/consumer/batch.ts";
import { Job } from "../../src/index.ts";
import { turns } from "./consuming.ts";

function job(number: number, node: string): Job {
  return Job.of(
    `D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-${String(number).padStart(4, "0")}`,
    "q",
    Buffer.of(),
    node,
  );
}

describe("Batch", () => {
  it("sends what comes in one turn together, for each node, and what comes later later", async () => {
    const sent: string[] = [];
    const batch = new Batch(async (jobs) =>
      sent.push(jobs.map(({ id, node }) => node + id.at(-1)).join(" ")),
    );
    await Promise.all([job(1, "a"), job(3, "b"), job(5, "a")].map((each) => batch.add(each)));
    await batch.add(job(7, "a"));
    assert.deepEqual(sent, ["a1 a5", "b3", "a7"]);
  });

  it("rejects for the jobs of the node that it failed with, and for no others", async () => {
    const batch = new Batch(async ([first]) => {
      await turns(1);
      if (first?.node === "b") throw new Error("b is gone");
    });
    const jobs = [job(1, "a"), job(3, "b"), job(5, "b"), job(7, "c")];
    const results = await Promise.allSettled(jobs.map((each) => batch.add(each)));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "rejected", "fulfilled"],
    );
  });

  it("refuses a malformed id alone", async () => {
    const batch = new Batch(async () => {});
    const malformed = Job.of("D-malformed", "q", Buffer.of(), "a");
    const [good, bad] = await Promise.allSettled([batch.add(job(1, "a")), batch.add(malformed)]);
    assert.equal(good.status, "fulfilled");
    assert.ok(bad.status === "rejected" && bad.reason instanceof TypeError);
  });
});
