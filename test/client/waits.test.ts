import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { AT_LEAST_ONCE, jobs, scriptedNode } from "./scripted.ts";

/** The GETJOBs that a call sends. The first `empty` ones are answered with no job. */
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

/** The longest TIMEOUT of one GETJOB, in milliseconds. */
const PIECE = "300";

describe("a wait for jobs", () => {
  it("of up to 300 ms takes one GETJOB", async () => {
    const { commands, result } = await asked(0, (disque) => disque.getJob("q", { timeout: 250 }));
    assert.deepEqual(commands, [["GETJOB", "TIMEOUT", "250", "FROM", "q"]]);
    assert.equal((result as unknown[]).length, 1);
  });

  for (const options of [{ timeout: 25_000 }, { timeout: Number.POSITIVE_INFINITY }, {}])
    it(`that is longer is split into GETJOBs of at most 300 ms: ${options.timeout}`, async () => {
      const { commands, result } = await asked(2, (disque) =>
        disque.getJob(["q", "r"], { ...options, count: 2 }),
      );
      assert.deepEqual(commands, Array(3).fill(["GETJOB", "TIMEOUT", PIECE, "COUNT", "2", "FROM", "q", "r"]));
      assert.deepEqual(
        (result as { id: string }[]).map(({ id }) => id),
        [AT_LEAST_ONCE],
      );
    });

  it("ends with an empty result when its timeout is over", async () => {
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

  it("does not ask in a tight loop when each GETJOB is answered at once with no job", async () => {
    const { commands } = await asked(Number.POSITIVE_INFINITY, (disque) =>
      disque.getJob("q", { timeout: 1_000 }),
    );
    assert.ok(commands.length >= 2 && commands.length <= 20, String(commands.length));
  });

  it("is not requested with nohang", async () => {
    const { commands } = await asked(1, (disque) => disque.getJob("q", { nohang: true }));
    assert.deepEqual(commands, [["GETJOB", "NOHANG", "FROM", "q"]]);
  });

  for (const timeout of [[], ["TIMEOUT", 0], ["timeout", Buffer.from("60000")]])
    it(`by call() is split as well: ${timeout}`, async () => {
      const { commands, result } = await asked(1, (disque) =>
        disque.call("getjob", "COUNT", 3, ...timeout, "WITHCOUNTERS", "FROM", "q", "TIMEOUT"),
      );
      assert.deepEqual(
        commands,
        Array(2).fill(["getjob", "TIMEOUT", PIECE, "COUNT", "3", "WITHCOUNTERS", "FROM", "q", "TIMEOUT"]),
      );
      assert.deepEqual(result, [["mail", AT_LEAST_ONCE, "body"]]);
    });

  it("by call() is sent unchanged if the server will refuse it", async () => {
    for (const args of [["TIMEOUT", "soon", "FROM", "q"], ["q"], ["NOHANG", "FROM", "q"]]) {
      const { commands } = await asked(0, (disque) => disque.call("GETJOB", ...args));
      assert.deepEqual(commands, [["GETJOB", ...args]]);
    }
  });
});
