import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { AT_LEAST_ONCE, jobs, scriptedNode } from "./scripted.ts";

/** The GETJOBs of a call; this many of them are answered with nothing before one brings a job. */
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

/** Longest wait that one GETJOB asks for, in milliseconds. */
const PIECE = "300";

describe("a wait", () => {
  it("of up to 300 ms is asked for at once", async () => {
    const { commands, result } = await asked(0, (disque) => disque.getJob("q", { timeout: 250 }));
    assert.deepEqual(commands, [["GETJOB", "TIMEOUT", "250", "FROM", "q"]]);
    assert.equal((result as unknown[]).length, 1);
  });

  for (const options of [{ timeout: 25_000 }, { timeout: Number.POSITIVE_INFINITY }, {}])
    it(`of more is asked for in pieces of at most 300 ms: ${options.timeout}`, async () => {
      const { commands, result } = await asked(2, (disque) =>
        disque.getJob(["q", "r"], { ...options, count: 2 }),
      );
      assert.deepEqual(commands, Array(3).fill(["GETJOB", "TIMEOUT", PIECE, "COUNT", "2", "FROM", "q", "r"]));
      assert.deepEqual(
        (result as { id: string }[]).map(({ id }) => id),
        [AT_LEAST_ONCE],
      );
    });

  it("ends with nothing when its time is over", async () => {
    const { commands, result } = await asked(Number.POSITIVE_INFINITY, (disque) =>
      disque.getJob("q", { timeout: 150 }),
    );
    assert.deepEqual(result, []);
    const waits = commands.map(([, , milliseconds]) => Number(milliseconds));
    assert.equal(waits[0], 150);
    assert.ok(
      waits.every((wait, at) => wait >= 1 && (at === 0 || wait < 150)),
      String(waits),
    );
  });

  it("is not asked for again and again without a pause where each is answered at once with nothing", async () => {
    const { commands } = await asked(Number.POSITIVE_INFINITY, (disque) =>
      disque.getJob("q", { timeout: 1_000 }),
    );
    assert.ok(commands.length >= 2 && commands.length <= 20, String(commands.length));
  });

  it("that is not wanted is not asked for", async () => {
    const { commands } = await asked(1, (disque) => disque.getJob("q", { nohang: true }));
    assert.deepEqual(commands, [["GETJOB", "NOHANG", "FROM", "q"]]);
  });

  for (const timeout of [[], ["TIMEOUT", 0], ["timeout", Buffer.from("60000")]])
    it(`by call() is asked for in pieces as well: ${timeout}`, async () => {
      const { commands, result } = await asked(1, (disque) =>
        disque.call("getjob", "COUNT", 3, ...timeout, "WITHCOUNTERS", "FROM", "q", "TIMEOUT"),
      );
      assert.deepEqual(
        commands,
        Array(2).fill(["getjob", "TIMEOUT", PIECE, "COUNT", "3", "WITHCOUNTERS", "FROM", "q", "TIMEOUT"]),
      );
      assert.deepEqual(result, [["mail", AT_LEAST_ONCE, "body"]]);
    });

  it("by call() that the server will refuse is sent as it was written", async () => {
    for (const args of [["TIMEOUT", "soon", "FROM", "q"], ["q"], ["NOHANG", "FROM", "q"]]) {
      const { commands } = await asked(0, (disque) => disque.call("GETJOB", ...args));
      assert.deepEqual(commands, [["GETJOB", ...args]]);
    }
  });
});
