import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";

describe("a node that was lost", () => {
  it("is not good while it is set aside, and good again once it can be connected to", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    const { id, good } = disque.nodes[1] ?? {};
    assert.equal(good, true);
    await disque.ping("connected", { node: id });
    await cluster.node(1).faults.kill();
    await until(() => disque.nodes[1]?.good === false);
    await assert.rejects(disque.ping("set aside", { node: id }), {
      name: "ConnectionError",
      message: /: (connect ECONNREFUSED .*|set aside after a failure)$/,
    });
    await cluster.node(1).faults.restart();
    // The client tries it in the background, with backoff.
    await until(() => disque.nodes[1]?.good === true);
    assert.equal(disque.nodes[1]?.connects, 2);
    assert.equal(await disque.ping("back", { node: id }), "back");
  });
});
