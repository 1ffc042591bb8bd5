import "../support/fake-clock.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAddress } from "../../src/cluster/addresses/address.ts";
import { Cluster } from "../../src/cluster/cluster.ts";
import { settingsFrom } from "../../src/cluster/options.ts";
import { Disque } from "../../src/index.ts";
import { array, bulk, scriptedNode, until } from "../client/scripted.ts";
import { pass } from "../support/fake-clock.ts";
import { seededRandom } from "../support/random.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("HELLO", () => {
  for (const [random, milliseconds] of [
    [0, 22_500],
    [0.5, 30_000],
    [0.9, 36_000],
  ] as const)
    it(`is repeated after ${milliseconds} ms if the random number is ${random}`, async (test) => {
      await using node = await scriptedNode(() => "+PONG\r\n");
      await using disque = new Disque(node.address);
      const hellos = (): number => node.server.commands.filter(([command]) => command === "HELLO").length;
      test.mock.method(Math, "random", () => random);
      await disque.connect();
      for (let again = 2; again < 4; again++) {
        pass(milliseconds - 1);
        for (let n = 0; n < 10; n++) await turn();
        assert.equal(hellos(), again - 1);
        pass(1);
        await until(() => hellos() === again);
        // Its reply has been read and the next HELLO is scheduled.
        await disque.ping();
        await turn();
      }
    });
});

describe("the node to wait for jobs at", () => {
  const id = (at: number): string => at.toString(16).padStart(40, "0");
  const nodes = Array.from({ length: 1_000 }, (_, at) =>
    array(bulk(id(at)), bulk(at === 0 ? "" : `10.0.${at >> 8}.${at & 255}`), bulk("7711"), bulk("1")),
  );
  const hello = array(":1\r\n", bulk(id(0)), ...nodes);

  it("is the primary first, however many others there are, and then each good one in turn", async (test) => {
    await using server = await ScriptedServer.start({ answer: () => hello });
    const { host, port } = server.endpoint;
    const events = { onConnect() {}, onDisconnect() {}, onSwitch() {}, onTopology() {} };
    const cluster = new Cluster([parseAddress({ host, port })], settingsFrom({}), events);
    assert.equal(cluster.waitingNode(0), undefined);
    assert.equal(cluster.waitingNode(1), undefined);
    const primary = await cluster.findPrimary(10_000, undefined);
    const looks = test.mock.method(cluster, "isGood").mock;
    assert.equal(cluster.waitingNode(0), primary);
    assert.equal(looks.callCount(), 0);
    const ids = Array.from({ length: 1_001 }, (_, turn) => cluster.waitingNode(turn)?.known.id);
    assert.deepEqual(ids, [...nodes.keys(), 0].map(id));
    await cluster.end();
  });
});

describe("the option `shuffle`", () => {
  const addresses = ["a", "b", "c"].map((host) => parseAddress(host));
  const events = { onConnect() {}, onDisconnect() {}, onSwitch() {}, onTopology() {} };
  const order = (shuffle: boolean): string =>
    new Cluster(addresses, settingsFrom({ shuffle }), events).nodes.map(({ host }) => host).join("");

  it("puts the listed nodes in each order equally often", (test) => {
    test.mock.method(Math, "random", seededRandom(1));
    const counts = new Map<string, number>();
    for (let n = 0; n < 1_200; n++) {
      const found = order(true);
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    assert.deepEqual([...counts.keys()].sort(), ["abc", "acb", "bac", "bca", "cab", "cba"]);
    for (const count of counts.values()) assert.ok(Math.abs(count - 200) < 65, String(count));
  });

  it("leaves the listed nodes in their order by default", () => {
    for (let n = 0; n < 10; n++) assert.equal(order(false), "abc");
  });
});
