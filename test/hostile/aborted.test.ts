import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "../../src/index.ts";
import { rejection, scriptedNode } from "../client/scripted.ts";
import { held } from "./memory.ts";

// A slow node, and callers that do not wait for it: `maxPending` does not count their aborted calls.
it("an aborted call does not keep its body until its reply arrives", { timeout: 10_000 }, async () => {
  await using node = await scriptedNode();
  await using disque = new Disque(node.address, { commandTimeout: Number.POSITIVE_INFINITY });
  await disque.connect();
  const peer = await node.server.accept();
  const controller = new AbortController();
  const add = (): { body: WeakRef<Buffer>; call: Promise<unknown> } => {
    const body = Buffer.alloc(1_000_000);
    return { body: new WeakRef(body), call: rejection(disque.addJob("q", body, controller)) };
  };
  const { body, call } = add();
  await peer.received(2);
  controller.abort();
  await call;
  // It may be held for a few seconds more, and each look collects garbage: pauses keep that cheap.
  while (body.deref() !== undefined) {
    await sleep(100);
    await held();
  }
  disque.destroy();
});
