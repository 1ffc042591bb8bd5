// A node that announces many nodes that do not exist, and goes away.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, it } from "node:test";
import { ConnectionError, Disque, type DisqueOptions } from "../../src/index.ts";
import { Parser } from "../../src/resp/index.ts";
import { array, bulk, NODE_ID, rejection } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { held, MIB } from "./memory.ts";

const DEAD = 1_000;
/** Milliseconds. */
const DISTANCE = 40;

/** Announces dead nodes: ports below 1,024 on this machine, where nothing of these tests listens. */
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

/** A node with the latency of another continent. */
class DistantNode implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<DistantNode> {
    const id = "f".repeat(40);
    const hello = array(":1\r\n", bulk(id), array(bulk(id), bulk(""), bulk("7711"), bulk("1")));
    const server = createServer((socket) => {
      const parser = new Parser({
        onReply: (command) => {
          const isHello = Array.isArray(command) && String(command[0]) === "HELLO";
          setTimeout(() => socket.write(isHello ? hello : "+PONG\r\n"), DISTANCE);
        },
      });
      socket.on("error", () => {}).on("data", (chunk) => parser.write(chunk));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new DistantNode(server);
  }

  get endpoint(): { host: string; port: number } {
    return { host: "127.0.0.1", port: (this.#server.address() as AddressInfo).port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A client that has learned the dead nodes, and lists a healthy one. */
async function poisoned(healthy: DistantNode, options: DisqueOptions): Promise<Disque> {
  await using bad = await ScriptedServer.start({
    answer: ([command]) => (command === "HELLO" ? poisonous() : "+PONG\r\n"),
  });
  const disque = new Disque([bad.endpoint, healthy.endpoint], options);
  await disque.connect();
  assert.ok(disque.nodes.length > DEAD);
  return disque;
}

describe("a node that announced 1,000 dead nodes and went away", () => {
  it("does not hide a listed node that is 40 ms away", async () => {
    await using healthy = await DistantNode.start();
    await using disque = await poisoned(healthy, { failoverTimeout: 10_000 });
    // With an equal share of the time, each node would have only 10 ms.
    const started = performance.now();
    assert.equal(await disque.ping(), "PONG");
    assert.ok(performance.now() - started < 10_000);
  });

  it("makes calls reject with one short message each, and with few errors", async () => {
    const healthy = await DistantNode.start();
    const disque = await poisoned(healthy, { failoverTimeout: 300, connectTimeout: 200 });
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
