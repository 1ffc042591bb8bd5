import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { TestServer } from "../../src/testing/index.ts";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";
import { run } from "./run.ts";
import type { Script } from "./script.ts";
import { clientScripts } from "./scripts/client.ts";
import { clusterScripts } from "./scripts/cluster.ts";
import { configScripts } from "./scripts/config.ts";
import { getjobScripts } from "./scripts/getjob.ts";
import { hangUpScripts } from "./scripts/hang-up.ts";
import { jobScripts } from "./scripts/jobs.ts";
import { protocolScripts } from "./scripts/protocol.ts";
import { queueScripts } from "./scripts/queues.ts";
import { scanScripts } from "./scripts/scan.ts";
import { serverScripts } from "./scripts/server.ts";
import { timeScripts } from "./scripts/time.ts";

const SCRIPTS: readonly Script[] = [
  jobScripts,
  queueScripts,
  getjobScripts,
  hangUpScripts,
  scanScripts,
  serverScripts,
  configScripts,
  clientScripts,
  clusterScripts,
  protocolScripts,
  timeScripts,
].flat();

describe("the testing server replies as recorded", () => {
  for (const script of SCRIPTS) {
    test(script.name, async () => {
      await runOnTestServer(script);
    });
  }
});

describe("the testing server replies as the real one", { skip: skipWithoutServer }, () => {
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

/** Lets the server read what was sent before its clock moves. */
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
