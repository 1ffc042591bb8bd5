// A HELLO that is large or has malformed ids is rejected, or read in time linear in its length.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ConnectionError, Disque } from "../../src/index.ts";
import { array, bulk, NODE_ID, rejection } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

async function refusal(hello: string): Promise<string> {
  await using server = await ScriptedServer.start({ answer: () => hello });
  await using disque = new Disque(server.endpoint, { failoverTimeout: 0 });
  const error = (await rejection(disque.ping())) as ConnectionError;
  assert.equal(error.code, "CONNECTION");
  return error.message;
}

const node = (id: string, host = "10.0.0.1"): string => array(bulk(id), bulk(host), bulk("7711"), bulk("1"));

describe("a HELLO", () => {
  it("with a node whose id is not 40 hexadecimal digits is rejected", async () => {
    for (const id of ["", "0123abcd", NODE_ID.toUpperCase().replace(/0/g, "G"), `${NODE_ID}\r\nx`])
      assert.match(await refusal(array(":1\r\n", bulk(NODE_ID), node(id))), /40 hexadecimal digits/);
    assert.match(await refusal(array(":1\r\n", bulk("me"))), /40 hexadecimal digits/);
  });

  it("with ids of megabytes is rejected before they are converted", async () => {
    const long = bulk("a".repeat(4 * 2 ** 20));
    const message = await refusal(array(":1\r\n", bulk(NODE_ID), array(long, long, long, long)));
    assert.match(message, /id of a node: more than the limit of 64 bytes/);
  });

  it("with a host of megabytes is rejected", async () => {
    const message = await refusal(array(":1\r\n", bulk(NODE_ID), node(NODE_ID, "a".repeat(2 ** 20))));
    assert.match(message, /host of a node: more than the limit of/);
  });
});
