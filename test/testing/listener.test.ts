import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { connect as connectTls, type TlsOptions } from "node:tls";
import { type ListenAddress, Listener } from "../../src/testing/listener.ts";
import { makeCertificate } from "../support/certificate.ts";

async function listening(
  onSocket: (socket: Socket, reset: () => void) => void,
  tls: TlsOptions | null = null,
): Promise<[Listener, Socket]> {
  const listener = new Listener(tls, onSocket, () => false);
  const place: ListenAddress = await listener.listen({ host: "127.0.0.1", port: 0 });
  assert.ok("port" in place);
  const options = { ...place, allowHalfOpen: true };
  return [listener, tls === null ? connect(options) : connectTls({ ...options, rejectUnauthorized: false })];
}

test("a connection is reset", async () => {
  const [listener, peer] = await listening((socket, reset) => {
    socket.on("error", () => {});
    socket.once("data", reset);
  });
  peer.write("x");
  const [error] = await once(peer, "error");
  assert.equal(error.code, "ECONNRESET");
  await listener.close();
});

// Node 20 never closes a socket that is reset while its FIN is being sent, so close() would never resolve.
for (const kind of ["TCP", "TLS"])
  test(`a connection reset while its FIN is being sent is closed all the same: ${kind}`, async () => {
    const errors: Error[] = [];
    const closed = new EventEmitter();
    const [listener, peer] = await listening(
      (socket, reset) => {
        socket.on("error", (error) => errors.push(error));
        socket.once("close", () => closed.emit("now"));
        socket.end();
        // By now the FIN is being sent.
        process.nextTick(reset);
      },
      kind === "TLS" ? makeCertificate({}) : null,
    );
    peer.on("error", () => {});
    await once(closed, "now");
    peer.destroy();
    await listener.close();
    assert.deepEqual(errors, []);
  });
