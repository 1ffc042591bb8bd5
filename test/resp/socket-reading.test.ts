import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Reply } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, connectOver } from "./connect.ts";

const MIB = 2 ** 20;

/** A body with other bytes than that of every other `number`. */
function bodyOf(number: number, length: number): Buffer {
  return Buffer.alloc(length, `body ${number} `);
}

function bulk(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`$${body.length}\r\n`), body, Buffer.from("\r\n")]);
}

describe("connections that share the memory into which they read", () => {
  it("deliver replies that do not change when more is read", async () => {
    await using server = await ScriptedServer.start();
    const readBuffer = Buffer.alloc(1_000);
    const connected = [];
    for (let number = 0; number < 3; number++) connected.push(await connect(server, { readBuffer }));
    const lengths = [1, 10, 300, 900, 2_000, 70_000];
    const sent: Promise<Reply>[] = [];
    const expected: Buffer[] = [];
    for (const [index, length] of lengths.entries()) {
      for (const { connection, peer } of connected) {
        const body = bodyOf(expected.length, length);
        expected.push(body);
        sent.push(connection.send(["SHOW"]));
        await peer.received(index + 1);
        const bytes = bulk(body);
        peer.write(bytes.subarray(0, length / 2));
        peer.write(bytes.subarray(length / 2));
      }
    }
    assert.deepEqual(await Promise.all(sent), expected);
  });
});

describe("a long body", () => {
  it("is read right into its memory", async (context) => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const body = bodyOf(1, 8 * MIB);
    const bytes = bulk(body);
    const reply = connection.send(["SHOW"]);
    await peer.received(1);
    let copied = 0;
    const copyOf = (bytes: Buffer): Buffer => Buffer.concat([bytes]);
    context.mock.method(Buffer, "from", (value: Buffer) => {
      copied += value.length;
      return copyOf(value);
    });
    peer.write(bytes);
    const received = await reply;
    context.mock.reset();
    assert.ok(Buffer.isBuffer(received) && received.equals(body));
    assert.ok(copied < 0.4 * body.length, `${copied} bytes were copied`);
  });

  it("arrives whole in each way of connecting", async () => {
    await using server = await ScriptedServer.start();
    const bodies = [70_000, MIB, 3 * MIB + 1].map((length, number) => bodyOf(number, length));
    for (const { connection, peer } of [await connect(server), await connectOver(server)]) {
      const replies = Promise.all(bodies.map(() => connection.send(["SHOW"])));
      await peer.received(bodies.length);
      for (const body of bodies) peer.write(bulk(body));
      assert.deepEqual(await replies, bodies);
    }
  });

  it("does not share its memory with Node's pool, nor does a short one", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    for (const [index, length] of [10, 5_000, 20_000, 300_000].entries()) {
      const reply = connection.send(["SHOW"]);
      await peer.received(index + 1);
      peer.write(bulk(bodyOf(index, length)));
      const body = await reply;
      assert.ok(Buffer.isBuffer(body));
      assert.ok(body.buffer.byteLength <= length + 32, `${body.buffer.byteLength} bytes for ${length}`);
      structuredClone(null, { transfer: [body.buffer as ArrayBuffer] });
    }
  });

  it("is dropped with its connection", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const reply = assert.rejects(connection.send(["SHOW"]), { code: "CONNECTION" });
    await peer.received(1);
    peer.write(bulk(bodyOf(1, MIB)).subarray(0, MIB / 2));
    connection.destroy();
    await reply;
    await connection.closed;
    assert.ok(!connection.open);
  });
});
