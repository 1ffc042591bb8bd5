import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { type Peer, ScriptedServer } from "../support/scripted-server.ts";
import { Link } from "./link.ts";
import { LinkProxy } from "./proxy.ts";

interface Way extends AsyncDisposable {
  readonly link: Link;
  readonly near: Socket;
  readonly far: Peer;
  dial(): Socket;
  /** The far end of the next connection. */
  accept(): Promise<Peer>;
}

/** A connection that leads through a proxy. */
async function way(): Promise<Way> {
  const server = await ScriptedServer.start({ deaf: true });
  const link = new Link();
  const proxy = await LinkProxy.listen({
    host: "127.0.0.1",
    target: server.endpoint,
    route: () => ({ link }),
  });
  const [host, port] = proxy.address.split(":");
  const sockets: Socket[] = [];
  const dial = (): Socket => {
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    sockets.push(socket);
    return socket;
  };
  const near = dial();
  const far = await server.accept();
  return {
    link,
    near,
    far,
    dial,
    accept: () => server.accept(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await proxy.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when these bytes have arrived. */
async function came(socket: Socket, expected: string): Promise<void> {
  let text = "";
  while (text.length < expected.length) {
    const [chunk] = await once(socket, "data");
    text += String(chunk);
  }
  assert.equal(text, expected);
}

describe("a proxy", () => {
  it("forwards bytes in both directions, and each half-close separately", async () => {
    await using there = await way();
    const { near, far } = there;
    const question = came(far.socket, "question");
    near.end("question");
    await Promise.all([question, far.ended]);
    const answer = came(near, "answer");
    far.socket.end("answer");
    await Promise.all([answer, once(near, "end"), far.closed]);
    assert.equal(there.link.connections, 0);
  });

  it("resets all connections of a link that is cut, and new ones until it is open again", async () => {
    await using there = await way();
    const { near, far, link } = there;
    const reset = once(near, "error");
    link.state = "cut";
    const [error] = await reset;
    assert.equal(error.code, "ECONNRESET");
    await far.closed;
    const refused = there.dial();
    assert.equal((await once(refused, "error"))[0].code, "ECONNRESET");
    link.state = "open";
    const next = there.dial();
    const { socket } = await there.accept();
    const answer = came(next, "answer");
    socket.write("answer");
    await answer;
  });

  it("holds back everything sent over a stalled link, in order, until it is open", async () => {
    await using there = await way();
    const { near, far, link } = there;
    link.state = "stalled";
    near.write("a");
    near.end("b");
    await once(near, "finish");
    assert.deepEqual(far.chunks, []);
    const all = came(far.socket, "ab");
    link.state = "open";
    await Promise.all([all, far.ended]);
  });

  it("does not report a lost peer over a stalled link until it is open", async () => {
    await using there = await way();
    const { near, far, link } = there;
    link.state = "stalled";
    near.resetAndDestroy();
    await once(near, "close");
    assert.equal(far.socket.destroyed, false);
    link.state = "open";
    await far.closed;
  });

  it("splits what is sent over a sliced link, without changing it", async () => {
    await using there = await way();
    const { near, far, link } = there;
    link.state = "sliced";
    const text = "0123456789".repeat(20);
    const all = came(far.socket, text);
    near.write(text);
    await all;
    assert.ok(far.chunks.length > 1, `it came in ${far.chunks.length} pieces`);
  });

  it("delays an end sent over a lingering link, but loses nothing", async () => {
    await using there = await way();
    const { near, far, link } = there;
    link.state = "lingering";
    const all = came(far.socket, "last words");
    near.end("last words");
    await all;
    assert.equal(far.socket.readableEnded, false);
    await far.ended;
  });

  it("resets the near side if nothing listens at the far side", async () => {
    const link = new Link();
    const target = { host: "127.0.0.1", port: 1 };
    await using proxy = await LinkProxy.listen({ host: "127.0.0.1", target, route: () => ({ link }) });
    const [host, port] = proxy.address.split(":");
    const near = connect({ host, port: Number(port) });
    assert.equal((await once(near, "error"))[0].code, "ECONNRESET");
  });
});
