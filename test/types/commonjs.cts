// A CommonJS program. Under `node16` its types come from the `require` condition.

import disque = require("disque");
import resp = require("disque/resp");
import testing = require("disque/testing");

export async function program(): Promise<void> {
  const server = await testing.TestServer.start();
  const client: disque.Disque = new disque.Disque(server.address);
  const id: string = await client.addJob("q", "body");
  const bytes: Buffer = resp.encodeCommand(["PING", id]);
  void bytes;
  const error: disque.DisqueError = new disque.ClosedError("closed");
  void error;
  // @ts-expect-error a misspelt option
  client.addJob("q", "body", { retries: 5 });
}
