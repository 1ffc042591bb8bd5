import { clusterNodes, helloOf } from "../commands/cluster.ts";
import { type Hello, hello } from "../commands/replies.ts";
import {
  type Argument,
  type Connection,
  type ConnectionOptions,
  type Reply,
  ReplyError,
} from "../resp/index.ts";
import type { Address } from "./address.ts";
import { handshakeError } from "./handshake-error.ts";
import { loadConnection } from "./load-connection.ts";
import type { Settings } from "./options.ts";

/** A connection that is ready for commands, and what the node at its other end said of itself. */
export interface Link {
  readonly connection: Connection;
  readonly hello: Hello;
  readonly dialect: Dialect;
}

/** Disque itself, or the module that brings its commands to Redis. */
export type Dialect = "disque" | "module";

/**
 * Connects to a node and makes the connection ready: AUTH, HELLO, CLIENT SETNAME, in one write.
 *
 * Rejects with a `ConnectionError`, a `TimeoutError`, the `ReplyError` that the node answered with, or the reason of
 * `signal`.
 */
export async function dial(
  address: Address,
  settings: Settings,
  signal: AbortSignal | undefined,
  onClose: ConnectionOptions["onClose"],
): Promise<Link> {
  const { connectTimeout, commandTimeout, keepAlive, name, replyLimits } = settings;
  // `disques:` asks for TLS, and how is for the client's options to say.
  const tls = address.tls === true ? settings.tls || true : (address.tls ?? settings.tls);
  const password = address.password ?? settings.password;
  const deadline = performance.now() + connectTimeout;
  const { Connection } = await loadConnection();
  const connection = await Connection.open({
    ...address.endpoint,
    ...replyLimits,
    tls,
    lookup: address.lookup,
    connectTimeout,
    commandTimeout,
    keepAlive,
    signal,
    onClose,
  });
  // What leaves together has the same time: the first to be answered is the first to be overdue.
  let timeout = timeUntil(deadline);
  const ask = async (...command: Argument[]): Promise<Reply> => {
    const reply = await connection.send(command, { timeout, signal });
    if (reply instanceof ReplyError) throw new ReplyError(reply.message, String(command[0]));
    return reply;
  };
  try {
    const [, greeting] = await Promise.all([
      password === undefined ? undefined : ask("AUTH", password),
      ask("HELLO"),
      name === undefined ? undefined : ask("CLIENT", "SETNAME", name),
    ]);
    if (isHello(greeting)) return { connection, hello: hello(greeting), dialect: "disque" };
    timeout = timeUntil(deadline);
    return { connection, hello: helloOf(clusterNodes(await ask("CLUSTER", "NODES"))), dialect: "module" };
  } catch (error) {
    connection.destroy();
    throw handshakeError(error, password, tls !== false);
  }
}

/** Whole milliseconds, at least one. */
function timeUntil(deadline: number): number {
  return Math.max(1, Math.ceil(deadline - performance.now()));
}

/** Redis has a HELLO too, which answers with names and values; Disque's begins with a number. */
function isHello(reply: Reply | undefined): reply is Reply {
  return Array.isArray(reply) && typeof reply[0] === "number";
}
