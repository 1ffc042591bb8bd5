// The handshake that makes a connection ready for commands: AUTH, HELLO and CLIENT SETNAME.

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

/** A connection that is ready for commands, with the reply of its node to HELLO. */
export interface ReadyConnection {
  readonly connection: Connection;
  readonly hello: Hello;
  readonly dialect: Dialect;
  /** Removes the password from later replies of the node. */
  readonly withhold: Withholding;
}

/** The kind of server: Disque itself, or the module that adds Disque's commands to Redis. */
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
    // The connection's own timeouts count time without progress, so a slow trickle of bytes could extend them without end.
    return await withDeadline(deadline - now(), signal, late, (limited) =>
      shakeHands(connection, password, name, limited),
    );
  } catch (error) {
    connection.destroy();
    throw withoutPassword(tls === false ? hinting(error) : error, password, MIN_FRAGMENT);
  }
}

/** Adds a hint: servers that expect TLS close the connection without a reply, as do some that are full. */
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
  // A `disques:` address requires TLS; the client's options configure it.
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
    // The message of the cause is left out, since it may contain a secret.
    throw new ConnectionError(`option ${name}: the function failed`, { cause });
  }
}

function isFunction<Value>(
  option: Value | (() => Value | Promise<Value>),
): option is () => Value | Promise<Value> {
  return typeof option === "function";
}

/** Redis also has a HELLO, whose reply consists of names and values. The reply of Disque begins with a number. */
function isHello(reply: Reply | undefined): reply is Reply {
  return Array.isArray(reply) && typeof reply[0] === "number";
}
