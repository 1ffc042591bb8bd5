import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Disque, OverloadError } from "../../src/index.ts";
import { rejection, scriptedNode } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { held } from "./memory.ts";

const MOST = 10_000;
const root = new URL("../../../", import.meta.url);

describe("calls to a node that never answers", () => {
  it("are rejected beyond maxPending, cost little memory each, and all reject in the end", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address, { maxPending: MOST, failoverTimeout: 0 });
    await disque.connect();
    const peer = await node.server.accept();
    const before = await held();
    const calls = Array.from({ length: MOST }, () => disque.qlen("q"));
    const outcomes = Promise.allSettled(calls);
    const error = await rejection(disque.qlen("one more"));
    assert.ok(error instanceof OverloadError);
    assert.equal(error.message, "10000 calls are in flight already");
    await peer.received(1 + MOST);
    // Includes what the peer, in the same process, keeps of each command.
    const each = ((await held()) - before) / MOST;
    assert.ok(each < 8_192, `${each} bytes for each`);
    disque.destroy();
    for (const outcome of await outcomes) assert.equal(outcome.status, "rejected");
  });

  it("are counted before there is a connection", async () => {
    await using server = await ScriptedServer.start();
    await using disque = new Disque(server.endpoint, { maxPending: 3 });
    const waiting = Promise.allSettled([disque.ping(), disque.getJob("q"), disque.connect()]);
    assert.ok((await rejection(disque.ping())) instanceof OverloadError);
    disque.destroy();
    assert.deepEqual(
      (await waiting).map(({ status }) => status),
      ["rejected", "rejected", "rejected"],
    );
    assert.equal(server.attempts <= 2, true, "no attempt was made for the one that was refused");
  });

  it("are no longer counted when their signal is aborted before they are sent", {
    timeout: 10_000,
  }, async () => {
    await using node = await scriptedNode(() => ":0\r\n");
    await using disque = new Disque(node.address, { maxPending: 1 });
    await disque.connect();
    // Options are read several times, and a getter may have side effects.
    for (let moment = 1; moment < 10; moment++) {
      const controller = new AbortController();
      let reads = 0;
      const options = {
        signal: controller.signal,
        get retry(): number {
          if (++reads === moment) controller.abort();
          return 60;
        },
      };
      assert.ok(!((await rejection(disque.addJob("q", "body", options))) instanceof OverloadError));
    }
    assert.equal(await disque.qlen("q"), 0);
  });
});

it("the default of maxPending is documented", () => {
  for (const [file, words] of [
    ["docs/connecting.md", "| `maxPending` | 100,000 |"],
    ["SECURITY.md", "| `maxPending`, then an `OverloadError` | 100,000 |"],
    ["src/cluster/options.ts", "`OverloadError`. Default 100,000."],
  ] as const)
    assert.ok(readFileSync(fileURLToPath(new URL(file, root)), "utf8").includes(words), file);
  const source = readFileSync(fileURLToPath(new URL("src/cluster/options.ts", root)), "utf8");
  assert.match(source, /period\("maxPending", 100_000\)/);
});
