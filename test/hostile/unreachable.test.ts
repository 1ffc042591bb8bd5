// A node that announces many nodes which do not exist, and goes away.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque, type DisqueOptions } from "../../src/index.ts";
import { array, bulk, NODE_ID, rejection, until } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { held, MIB } from "./memory.ts";

const DEAD = 1_000;

/** Announces dead nodes: the ports below 1,024 of this machine, where nothing of these tests listens. */
function poisonous(): string {
  const nodes = Array.from({ length: DEAD }, (_, index) =>
    array(
      bulk((index + 2).toString(16).padStart(40, "0")),
      bulk("127.0.0.1"),
      bulk(String(index + 1)),
      bulk("1"),
    ),
  );
  return array(":1\r\n", bulk(NODE_ID), array(bulk(NODE_ID), bulk(""), bulk("7711"), bulk("1")), ...nodes);
}

async function poisoned(options: DisqueOptions): Promise<{ disque: Disque; healthy: ScriptedServer }> {
  const bad = await ScriptedServer.start({
    answer: ([command]) => (command === "HELLO" ? poisonous() : "+PONG\r\n"),
  });
  const healthy = await ScriptedServer.start({
    answer: ([command]) =>
      command === "HELLO"
        ? array(
            ":1\r\n",
            bulk("f".repeat(40)),
            array(bulk("f".repeat(40)), bulk(""), bulk("7711"), bulk("1")),
          )
        : "+PONG\r\n",
  });
  const disque = new Disque([bad.endpoint, healthy.endpoint], options);
  await disque.connect();
  assert.ok(disque.nodes.length > DEAD);
  await bad[Symbol.asyncDispose]();
  await until(
    () => disque.connectedNode === undefined || disque.connectedNode.port === healthy.endpoint.port,
  );
  return { disque, healthy };
}

describe("a node that announced 1,000 dead nodes and went away", () => {
  it("does not hide a listed node that answers", async () => {
    const { disque, healthy } = await poisoned({ failoverTimeout: 10_000 });
    try {
      const started = performance.now();
      assert.equal(await disque.ping(), "PONG");
      // Not the 2 s of a quiet machine: before, each call failed after all of failoverTimeout.
      assert.ok(performance.now() - started < 9_000);
    } finally {
      await disque.close();
      await healthy[Symbol.asyncDispose]();
    }
  });

  it("leaves calls that fail with one short message each, and with few errors", async () => {
    const { disque, healthy } = await poisoned({ failoverTimeout: 300, connectTimeout: 200 });
    try {
      await healthy[Symbol.asyncDispose]();
      const before = await held();
      const errors = await Promise.all(Array.from({ length: 3_000 }, () => rejection(disque.ping())));
      const more = (await held()) - before;
      for (const error of errors) {
        assert.ok(error instanceof ConnectionError, String(error));
        assert.ok(error.message.length <= 2_000, `${error.message.length} characters`);
        assert.ok(error.errors.length <= 16, `${error.errors.length} errors`);
      }
      assert.ok(more < 30 * MIB, `${more} bytes are held`);
    } finally {
      disque.destroy();
    }
  });
});
