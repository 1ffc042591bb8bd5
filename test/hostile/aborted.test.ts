import { it } from "node:test";
import { Disque } from "../../src/index.ts";
import { rejection, scriptedNode, until } from "../client/scripted.ts";
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
  await until(async () => {
    await held();
    return body.deref() === undefined;
  });
  disque.destroy();
});
