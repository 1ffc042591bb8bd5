import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { AT_LEAST_ONCE, jobs, scriptedNode } from "./scripted.ts";

/** What the GETJOBs of a call ask for, where so many of them come back empty before one brings a job. */
async function asked(
  empty: number,
  call: (disque: Disque) => Promise<unknown>,
): Promise<{ commands: string[][]; result: unknown }> {
  const commands: string[][] = [];
  await using node = await scriptedNode((command) => {
    commands.push(command);
    return commands.length <= empty ? "*-1\r\n" : jobs(AT_LEAST_ONCE);
  });
  await using disque = new Disque(node.address);
  return { result: await call(disque), commands };
}

describe("a wait", () => {
  it("of up to ten seconds is asked for at once", async () => {
    const { commands, result } = await asked(1, (disque) => disque.getJob("q", { timeout: 10_000 }));
    assert.deepEqual(commands, [["GETJOB", "TIMEOUT", "10000", "FROM", "q"]]);
    assert.deepEqual(result, []);
  });

  it("of more is asked for in pieces of at most ten seconds", async () => {
    const { commands, result } = await asked(3, (disque) =>
      disque.getJob(["q", "r"], { timeout: 25_000, count: 2, withCounters: false }),
    );
    assert.deepEqual(
      commands,
      ["10000", "10000", "5000"].map((ms) => ["GETJOB", "TIMEOUT", ms, "COUNT", "2", "FROM", "q", "r"]),
    );
    assert.deepEqual(result, []);
  });

  it("ends with the piece that brings a job", async () => {
    const { commands } = await asked(1, (disque) => disque.getJob("q", { timeout: 60_000 }));
    assert.equal(commands.length, 2);
  });

  for (const options of [{}, { timeout: 0 }]) {
    it(`for ever is asked for in pieces without end: ${JSON.stringify(options)}`, async () => {
      const { commands, result } = await asked(20, (disque) => disque.getJob("q", options));
      assert.deepEqual(commands, Array(21).fill(["GETJOB", "TIMEOUT", "10000", "FROM", "q"]));
      assert.deepEqual(
        (result as { id: string }[]).map(({ id }) => id),
        [AT_LEAST_ONCE],
      );
    });
  }

  it("that is not wanted is not asked for", async () => {
    const { commands } = await asked(1, (disque) => disque.getJob("q", { nohang: true, timeout: 60_000 }));
    assert.deepEqual(commands, [["GETJOB", "NOHANG", "TIMEOUT", "60000", "FROM", "q"]]);
  });

  it("by call() is asked for as it was written", async () => {
    const { commands } = await asked(1, (disque) => disque.call("GETJOB", "TIMEOUT", 60_000, "FROM", "q"));
    assert.deepEqual(commands, [["GETJOB", "TIMEOUT", "60000", "FROM", "q"]]);
  });
});
