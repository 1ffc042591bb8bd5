import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { Connection, type ConnectionOptions } from "../../src/resp/index.ts";
import type { Peer, ScriptedServer } from "../support/scripted-server.ts";

export interface Connected {
  readonly connection: Connection;
  /** The server side of the connection. */
  readonly peer: Peer;
}

export async function connect(server: ScriptedServer, options: ConnectionOptions = {}): Promise<Connected> {
  const [connection, peer] = await Promise.all([
    Connection.open({ ...server.endpoint, ...options }),
    server.accept(),
  ]);
  return { connection, peer };
}

/** The same over a socket that the test can inspect. */
export async function connectOver(
  server: ScriptedServer,
  options: ConnectionOptions = {},
): Promise<Connected & { readonly socket: Socket }> {
  const socket = connectSocket(server.endpoint);
  const [peer] = await Promise.all([server.accept(), once(socket, "connect")]);
  return { connection: new Connection(socket, "server:7711", options), peer, socket };
}

/** The reason with which the promise rejects. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${String(value)}`);
    },
    (reason: unknown) => reason,
  );
}
