// The reply to an aborted call must still match what the call asked for.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { AT_MOST_ONCE, jobs, rejection, scriptedNode, until } from "../client/scripted.ts";

describe("a late reply to GETJOB", () => {
  for (const [brought, orphans] of [
    [1, 1],
    [1_000, 0],
  ] as const)
    it(`with ${brought} jobs when one was requested emits ${orphans} orphans`, async () => {
      await using node = await scriptedNode(([verb]) => (verb === "PING" ? "+PONG\r\n" : ""));
      await using disque = new Disque(node.address);
      let told = 0;
      disque.on("orphan", () => told++);
      const controller = new AbortController();
      const outcome = rejection(disque.getJob("mail", { count: 1, signal: controller.signal }));
      const waits = (): boolean => node.server.commands.some(([verb]) => verb === "GETJOB");
      await until(waits);
      controller.abort(new Error("enough"));
      assert.match(String(await outcome), /enough/);
      const reply = jobs(...Array.from({ length: brought }, () => AT_MOST_ONCE));
      for (;;) {
        const peer = await node.server.accept();
        if (!peer.commands.some(([verb]) => verb === "GETJOB")) continue;
        peer.write(reply);
        break;
      }
      await disque.close();
      assert.equal(told, orphans);
    });
});
