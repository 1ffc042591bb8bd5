import assert from "node:assert/strict";
import { test } from "node:test";
import { Disque } from "../../src/index.ts";
import { array, bulk, NODE_ID } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const OTHER = "89abcdef".padEnd(40, "0");
const FAILED = "76543210".padEnd(40, "0");

/** Redis 7 with the Disque module, as far as a client can tell. */
async function redis(): Promise<ScriptedServer> {
  const replies: Readonly<Record<string, string>> = {
    HELLO: array(bulk("server"), bulk("redis"), bulk("proto"), ":2\r\n"),
    "CLUSTER NODES": bulk(
      [
        `${NODE_ID} 127.0.0.1:7001@17001 myself,master - 0 1700000000000 1 connected 0-5460`,
        `${OTHER} 127.0.0.1:7002@17002,some-host master - 0 1700000000001 2 disconnected`,
        `${FAILED} 127.0.0.1:7003@17003 master,fail - 1700000000002 1700000000001 0 disconnected`,
        `${"1".repeat(40)} 127.0.0.1:7004@17004 handshake - 1700000000002 0 0 connected`,
        "",
      ].join("\n"),
    ),
    "DISQUE INFO": array(bulk("cluster.nodes.reachable:3"), bulk("jobs.registered:7")),
    ADDJOB: "$-1\r\n",
  };
  return ScriptedServer.start({
    answer: ([name = "", word = ""]) =>
      replies[name] ?? replies[`${name} ${word}`] ?? "-ERR unknown command\r\n",
  });
}

function clientOf({ endpoint }: ScriptedServer): Disque {
  return new Disque(`${endpoint.host}:${endpoint.port}`, { discover: false, failoverTimeout: 0 });
}

test("the nodes come from CLUSTER NODES if HELLO is that of Redis", async () => {
  await using server = await redis();
  await using disque = clientOf(server);
  const { id, nodes } = await disque.hello();
  assert.equal(id, NODE_ID);
  assert.deepEqual(
    nodes.map(({ id, port, priority }) => [id, port, priority]),
    [
      [NODE_ID, 7001, 1],
      [OTHER, 7002, 5],
      [FAILED, 7003, 100],
    ],
  );
  assert.equal(disque.connectedNode?.id, NODE_ID);
  assert.deepEqual((await disque.cluster.nodes()).at(1), {
    id: OTHER,
    host: "127.0.0.1",
    port: 7002,
    flags: ["master"],
    pingSent: 0,
    pongReceived: 1700000000001,
    connected: false,
  });
});

test("info comes from DISQUE INFO, by section", async () => {
  await using server = await redis();
  await using disque = clientOf(server);
  assert.equal((await disque.info()).cluster?.["nodes.reachable"], "3");
  assert.deepEqual(Object.keys(await disque.info("jobs")), ["jobs"]);
});

test("commands that the module lacks reject with a clear error and are not sent", async () => {
  await using server = await redis();
  await using disque = clientOf(server);
  await assert.rejects(disque.qscan("0"), {
    name: "UnsupportedError",
    code: "UNSUPPORTED",
    message: "QSCAN does not exist in Redis with the Disque module",
  });
  await assert.rejects(disque.jscan("0"), { code: "UNSUPPORTED" });
  await assert.rejects(disque.cluster.leaving(), { code: "UNSUPPORTED" });
});

test("a job that was not replicated in time rejects with NOREPL, although the reply is null", async () => {
  await using server = await redis();
  await using disque = clientOf(server);
  await assert.rejects(disque.addJob("mail", "body"), { name: "ReplyError", code: "NOREPL" });
});
