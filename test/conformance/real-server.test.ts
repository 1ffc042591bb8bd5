import assert from "node:assert/strict";
import { test } from "node:test";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";
import { WireClient } from "./wire.ts";

test("a real server starts with its arguments and leaves no process behind", {
  skip: skipWithoutServer,
}, async () => {
  const server = await RealServer.start({ args: ["--cluster-node-timeout", "2000"] });
  const client = await WireClient.connect(server.host, server.port);
  assert.equal(server.address, `127.0.0.1:${server.port}`);
  assert.deepEqual(await client.call("CONFIG", "GET", "cluster-node-timeout"), [
    "$cluster-node-timeout",
    "$2000",
  ]);
  process.kill(server.pid, 0);
  await server.stop();
  await server.stop();
  await client.closed();
  assert.throws(() => process.kill(server.pid, 0), { code: "ESRCH" });
});

test("a real server can be killed", { skip: skipWithoutServer }, async () => {
  await using server = await RealServer.start();
  const client = await WireClient.connect(server.host, server.port);
  server.kill("SIGKILL");
  await client.closed();
});
