import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { TestCluster } from "../../src/testing/index.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { skipWithoutServer } from "../support/real-server.ts";
import { run } from "./run.ts";
import type { Script } from "./script.ts";
import { clusterTopics } from "./scripts/index.ts";

const SCRIPTS: readonly Script[] = Object.values(clusterTopics).flat();

describe("the testing cluster replies as recorded", () => {
  for (const script of SCRIPTS) {
    test(script.name, async () => {
      await runOnTestCluster(script);
    });
  }
});

describe("the testing cluster replies like a real one", { skip: skipWithoutServer }, () => {
  let real: RealCluster;

  before(async () => {
    real = await RealCluster.start(3);
  });
  after(async () => {
    await real.stop();
  });

  for (const script of SCRIPTS) {
    test(script.name, async () => {
      const target = { nodes: real.nodes, wait: (ms: number) => delay(ms) };
      assert.deepEqual(await runOnTestCluster(script), await run(script, target));
    });
  }
});

async function runOnTestCluster(script: Script): Promise<unknown> {
  await using cluster = await TestCluster.start(3, { nodeTimeout: 2000 });
  return await run(script, {
    nodes: cluster.nodes,
    wait: async (ms) => cluster.advance(ms),
  });
}
