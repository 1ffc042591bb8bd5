// AUTH, HELLO and CLIENT SETNAME: what makes a connection ready for commands.

import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";
import { decodeHello, type Hello, helloFromClusterNodes } from "../../commands/hello.ts";
import {
  type Argument,
  Connection,
  ConnectionError,
  type ConnectionOptions,
  type Reply,
  ReplyError,
  TimeoutError,
} from "../../resp/index.ts";
import { now } from "../../resp/timers.ts";
import { withDeadline } from "../abort.ts";
import type { Address } from "../addresses/address.ts";
import type { Settings } from "../options.ts";
import { MIN_FRAGMENT, type Withholding, withholding, withoutPassword } from "./secrets.ts";

/** A connection that is ready for commands, and what the node at its other end said of itself. */
export interface ReadyConnection {
  readonly connection: Connection;
  readonly hello: Hello;
  readonly dialect: Dialect;
  /** Keeps the password out of what the node says later. */
  readonly withhold: Withholding;
}

/** Disque itself, or the module that brings its commands to Redis. */
export type Dialect = "disque" | "module";

/**
 * Connects to a node and makes the connection ready, with all commands of the handshake in one write.
 *
 * Rejects with a `ConnectionError`, a `TimeoutError`, the `ReplyError` that the node answered, or the reason of `signal`.
 */
export async function connect(
  address: Address,
  password: string | undefined,
  settings: Settings,
  signal: AbortSignal | undefined,
  onClose: ConnectionOptions["onClose"],
): Promise<ReadyConnection> {
  const { connectTimeout, commandTimeout, keepAlive, name, replyLimits } = settings;
  const deadline = now() + connectTimeout;
  const tls = await tlsFor(address, settings);
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
  const late = (): Error => new TimeoutError(`${connection.address}: no reply within ${connectTimeout} ms`);
  try {
    // The connection's own timeouts count time without progress, so that a slow trickle of bytes would never end.
    return await withDeadline(deadline - now(), signal, late, (limited) =>
      shakeHands(connection, password, name, limited),
    );
  } catch (error) {
    connection.destroy();
    throw withoutPassword(tls === false ? hinting(error) : error, password, MIN_FRAGMENT);
  }
}

/** Servers that expect TLS hang up without a word, and so do some that are full. */
function hinting(error: unknown): unknown {
  if (!(error instanceof ConnectionError) || !error.message.endsWith("closed by the server")) return error;
  return new ConnectionError(`${error.message} during the handshake; does it expect TLS?`);
}

async function shakeHands(
  connection: Connection,
  password: string | undefined,
  name: string | undefined,
  signal: AbortSignal,
): Promise<ReadyConnection> {
  const ask = async (...command: Argument[]): Promise<Reply> => {
    const reply = await connection.send(command, { timeout: Number.POSITIVE_INFINITY, signal });
    if (reply instanceof ReplyError) throw new ReplyError(reply.message, String(command[0]));
    return reply;
  };
  const [, greeting] = await Promise.all([
    password === undefined ? undefined : ask("AUTH", password),
    ask("HELLO"),
    name === undefined ? undefined : ask("CLIENT", "SETNAME", name),
  ]);
  const ready = { connection, withhold: withholding(password) };
  if (isHello(greeting))
    return { ...ready, hello: ready.withhold.hello(decodeHello(greeting)), dialect: "disque" };
  const hello = ready.withhold.hello(helloFromClusterNodes(await ask("CLUSTER", "NODES")));
  return { ...ready, hello, dialect: "module" };
}

/** The password to send to the node. Rejects with a `ConnectionError` when the user's function fails. */
export async function passwordFor({ password }: Address, settings: Settings): Promise<string | undefined> {
  const found = password ?? (await evaluated("password", settings.password));
  if (found === undefined || typeof found === "string") return found;
  throw new TypeError("option password: the function must return a string");
}

async function tlsFor(address: Address, settings: Settings): Promise<boolean | TlsConnectionOptions> {
  const tls = await evaluated("tls", settings.tls);
  // A `disques:` address demands TLS; the client's options say how.
  return address.tls === true ? tls || true : (address.tls ?? tls);
}

/** The option's value; a function is called for each connection, so that secrets and certificates can be rotated. */
async function evaluated<Value>(
  name: string,
  option: Value | (() => Value | Promise<Value>),
): Promise<Value> {
  if (!isFunction(option)) return option;
  try {
    return await option();
  } catch (cause) {
    // Not the message of the cause, which may contain a secret.
    throw new ConnectionError(`option ${name}: the function failed`, { cause });
  }
}

function isFunction<Value>(
  option: Value | (() => Value | Promise<Value>),
): option is () => Value | Promise<Value> {
  return typeof option === "function";
}

/** Redis has a HELLO too, which answers with names and values; Disque's begins with a number. */
function isHello(reply: Reply | undefined): reply is Reply {
  return Array.isArray(reply) && typeof reply[0] === "number";
}
