import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ledger } from "./ledger.ts";
import { Nemesis } from "./nemesis.ts";
import type { Fault } from "./plan.ts";
import type { Stage } from "./stage.ts";

const by = "consumer";
const id = "D";

const kill = (node: number): Fault => ({ kind: "kill", node, milliseconds: 0 });

/** A stage on which nothing happens, except that `killed` is called with the nodes that are killed. */
function emptyStage(forgets: boolean, killed: (node: number) => void): Stage {
  const nothing = (): void => {};
  return {
    name: "nothing",
    addresses: [],
    nodes: [],
    calm: [],
    mapNode: () => null,
    links: [],
    partings: [],
    forgets,
    kill: async (node) => killed(node),
    restart: async () => {},
    revive: async () => [],
    freeze: nothing,
    thaw: nothing,
    part: nothing,
    unite: nothing,
    now: () => 0,
    pass: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The nodes killed by the plan, in order, until `enough` were killed. */
async function killedUntil(
  enough: number,
  forgets: boolean,
  plan: Fault[],
  onKill: (node: number, ledger: Ledger) => void,
): Promise<number[]> {
  const ledger = new Ledger();
  const end = new AbortController();
  const killed: number[] = [];
  const stage = emptyStage(forgets, (node) => {
    killed.push(node);
    onKill(node, ledger);
    if (killed.length === enough) end.abort();
  });
  await new Nemesis(stage, ledger, (event) => ledger.see(event)).haunt(plan, end.signal);
  return killed;
}

describe("a nemesis of nodes that lose their jobs when killed", () => {
  it("kills another node only after the jobs of the previous one were received", async () => {
    const order: string[] = [];
    const killed = await killedUntil(2, true, [kill(0), kill(1)], (node, ledger) => {
      order.push(`killed ${node}`);
      if (node !== 0) return;
      ledger.see({ event: "adding", by, body: "a", retry: 2 });
      // Longer than the time between two faults.
      setTimeout(() => {
        order.push("received");
        ledger.see({ event: "received", by, body: "a", id });
      }, 400);
    });
    assert.deepEqual(killed, [0, 1]);
    assert.deepEqual(order, ["killed 0", "received", "killed 1"]);
  });

  it("kills the same node again without waiting", async () => {
    const killed = await killedUntil(2, true, [kill(2), kill(2)], (_, ledger) =>
      ledger.see({ event: "adding", by, body: "a", retry: 2 }),
    );
    assert.deepEqual(killed, [2, 2]);
  });

  it("never kills all nodes", async () => {
    const plan: Fault[] = [{ kind: "kill all", milliseconds: 0 }];
    await assert.rejects(killedUntil(1, true, plan, () => {}));
  });
});

it("a nemesis of nodes that keep their jobs does not wait", async () => {
  const killed = await killedUntil(2, false, [kill(0), kill(1)], (_, ledger) =>
    ledger.see({ event: "adding", by, body: "a", retry: 2 }),
  );
  assert.deepEqual(killed, [0, 1]);
});
