import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { TestServer } from "../../src/testing/index.ts";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";
import { run } from "./run.ts";
import type { Script } from "./script.ts";
import { nodeTopics } from "./scripts/index.ts";

const SCRIPTS: readonly Script[] = Object.values(nodeTopics).flat();

describe("the testing server replies as recorded", () => {
  for (const script of SCRIPTS) {
    test(script.name, async () => {
      await runOnTestServer(script);
    });
  }
});

describe("the testing server replies like the real one", { skip: skipWithoutServer }, () => {
  let real: RealServer;

  before(async () => {
    real = await RealServer.start();
  });
  after(async () => {
    await real.stop();
  });

  for (const script of SCRIPTS) {
    test(script.name, async () => {
      const target = { nodes: [real], wait: (ms: number) => delay(ms) };
      assert.deepEqual(await runOnTestServer(script), await run(script, target));
    });
  }
});

/** Lets the server read what was sent before its clock is advanced. */
async function arrival(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

async function runOnTestServer(script: Script): Promise<unknown> {
  await using server = await TestServer.start();
  return await run(script, {
    nodes: [server],
    wait: async (ms) => {
      await arrival();
      server.advance(ms);
    },
  });
}
