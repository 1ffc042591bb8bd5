// Bodies that their owner changes after the call: the announced length is sent, or nothing more.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque } from "../../src/index.ts";
import { AT_LEAST_ONCE, scriptedNode } from "../client/scripted.ts";

const LENGTH = 100_000;

describe("a body whose memory is", () => {
  for (const [what, change] of [
    ["transferred", (memory: ArrayBuffer) => void structuredClone(memory, { transfer: [memory] })],
    ["shrunk", (memory: ArrayBuffer) => Reflect.get(memory, "resize").call(memory, 10)],
    ["grown", (memory: ArrayBuffer) => Reflect.get(memory, "resize").call(memory, 2 * LENGTH)],
  ] as const)
    it(`${what} after addJob never becomes another command`, async () => {
      await using node = await scriptedNode(([verb]) =>
        verb === "ADDJOB" ? `+${AT_LEAST_ONCE}\r\n` : verb === "PING" ? "+PONG\r\n" : "-ERR unknown\r\n",
      );
      await using disque = new Disque(node.address, { failoverTimeout: 0 });
      await disque.connect();
      const memory: ArrayBuffer = Reflect.construct(ArrayBuffer, [LENGTH, { maxByteLength: 2 * LENGTH }]);
      // A view without a length of its own covers all of the memory.
      const adding = disque.addJob("mail", new Uint8Array(memory).fill(42), { resend: false }).then(
        (id) => id,
        (error: unknown) => error,
      );
      change(memory);
      const outcome = await adding;
      const isRejected = outcome instanceof ConnectionError || outcome instanceof TypeError;
      assert.ok(outcome === AT_LEAST_ONCE || isRejected, String(outcome));
      assert.equal(await disque.ping(), "PONG");
      for (const command of node.server.commands) {
        assert.ok(["HELLO", "ADDJOB", "PING"].includes(command[0] ?? ""), command[0]);
        if (command[0] === "ADDJOB") assert.equal(command[2], "*".repeat(LENGTH));
      }
    });
});
