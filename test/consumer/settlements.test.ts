import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Settlements } from "../../src/consumer/settlements.ts";
import { CountedJob } from "../../src/index.ts";
import { turns } from "./consuming.ts";

interface Entry {
  readonly job: CountedJob;
}

function entry(number: number, node: string): Entry {
  const id = `D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-${String(number).padStart(4, "0")}`;
  return {
    job: new CountedJob({ id, queue: "q", body: Buffer.of(), node, nacks: 0, additionalDeliveries: 0 }),
  };
}

/** The node and the last digit of the id of each entry. */
function names(entries: readonly Entry[]): string {
  return entries.map(({ job }) => job.node + job.id.at(-1)).join(" ");
}

interface Stage {
  readonly settlements: Settlements<Entry>;
  readonly log: string[];
}

function stage(answer: (names: string) => Promise<unknown>): Stage {
  const log: string[] = [];
  const settlements = new Settlements<Entry>({
    send: (jobs) => {
      const sent = names(jobs.map((job) => ({ job })));
      log.push(`sent ${sent}`);
      return answer(sent);
    },
    onSettled: (entries) => log.push(`settled ${names(entries)}`),
    onFailed: (entries, error) => log.push(`failed ${names(entries)}: ${error}`),
  });
  return { settlements, log };
}

describe("Settlements", () => {
  it("are sent in one command per node", async () => {
    const { settlements, log } = stage(async () => {});
    for (const each of [entry(1, "a"), entry(3, "b"), entry(5, "a")]) settlements.add(each);
    assert.equal(settlements.pending, 3);
    assert.deepEqual(log, []);
    settlements.flush();
    settlements.add(entry(7, "a"));
    settlements.flush();
    settlements.flush();
    await turns(1);
    assert.deepEqual(log, ["sent a1 a5", "sent b3", "sent a7", "settled a1 a5", "settled b3", "settled a7"]);
    assert.equal(settlements.pending, 0);
  });

  it("fail only for the jobs of the node that failed", async () => {
    const { settlements, log } = stage(async (sent) => {
      if (sent.startsWith("b")) throw new Error("b is gone");
    });
    for (const each of [entry(1, "a"), entry(3, "b"), entry(5, "b"), entry(7, "c")]) settlements.add(each);
    settlements.flush();
    await turns(1);
    assert.deepEqual(log.slice(3), ["settled a1", "failed b3 b5: Error: b is gone", "settled c7"]);
  });

  it("are split if there are too many for one command", async () => {
    const lengths: number[] = [];
    const { settlements } = stage(async (sent) => lengths.push(sent.split(" ").length));
    for (let number = 0; number < 2_500; number++) settlements.add(entry(1, "a"));
    settlements.flush();
    await turns(1);
    assert.deepEqual(lengths, [1_000, 1_000, 500]);
  });

  it("succeed for the other jobs if one id is malformed", async () => {
    const malformed = new CountedJob({
      id: "D-malformed",
      queue: "q",
      body: Buffer.of(),
      node: "a",
      nacks: 0,
      additionalDeliveries: 0,
    });
    const { settlements, log } = stage(async (sent) => {
      if (sent.includes("ad")) throw new TypeError("no id");
    });
    settlements.add(entry(1, "a"));
    settlements.add({ job: malformed });
    settlements.flush();
    await turns(1);
    assert.deepEqual(log, ["sent a1 ad", "sent a1", "failed ad: TypeError: no id", "settled a1"]);
  });

  it("stop waiting for replies when they are given up", async () => {
    const { settlements, log } = stage(() => new Promise((resolve) => setImmediate(resolve)));
    settlements.add(entry(1, "a"));
    settlements.flush();
    settlements.add(entry(3, "a"));
    settlements.giveUp("too late");
    await turns(3);
    assert.deepEqual(log, ["sent a1", "failed a1: too late", "failed a3: too late"]);
    assert.equal(settlements.pending, 0);
  });
});
