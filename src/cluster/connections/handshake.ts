// The handshake that makes a connection ready for commands: AUTH, HELLO and CLIENT SETNAME. It keeps the password out of errors
// and node lists: a hostile or broken node may repeat what it was sent.

import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";
import { decodeHello, type Hello, helloFromClusterNodes } from "../../commands/hello.ts";
import {
  type Argument,
  Connection,
  ConnectionError,
  type ConnectionOptions,
  DisqueError,
  ProtocolError,
  type Reply,
  ReplyError,
  TimeoutError,
} from "../../resp/index.ts";
import { now } from "../../resp/timers.ts";
import { abortable, withDeadline } from "../abort.ts";
import type { Address } from "../addresses/address.ts";
import type { Settings } from "../options.ts";

/** A connection that is ready for commands, with its node's reply to HELLO. */
export interface ReadyConnection {
  readonly connection: Connection;
  readonly hello: Hello;
  readonly dialect: Dialect;
  /** Keeps the password out of errors and node lists in the node's later replies. */
  readonly redactor: Redactor;
}

/** The kind of server: Disque itself, or the module that adds Disque's commands to Redis. */
export type Dialect = "disque" | "module";

/**
 * Connects to a node and makes the connection ready. The commands of the handshake are sent in one write; Redis with the Disque
 * module then needs one more command.
 *
 * Rejects with a `ConnectionError`, `TimeoutError` or `ProtocolError`, a `ReplyError` if the node answers with an error, or the
 * reason of `signal`.
 */
export async function connect(
  address: Address,
  password: string | undefined,
  settings: Settings,
  signal: AbortSignal | undefined,
  more: Pick<ConnectionOptions, "onClose" | "readBuffer">,
): Promise<ReadyConnection> {
  const { connectTimeout, commandTimeout, keepAlive, name, replyLimits } = settings;
  const deadline = now() + connectTimeout;
  const tls = await tlsFor(address, settings, signal);
  const connection = await Connection.open({
    ...address.endpoint,
    ...replyLimits,
    tls,
    lookup: address.lookup,
    connectTimeout,
    commandTimeout,
    keepAlive,
    signal,
    ...more,
  });
  const timeoutError = (): Error =>
    new TimeoutError(`${connection.address}: no reply within ${connectTimeout} ms`);
  try {
    // The connection's own timeouts count time without progress, so a node that sends bytes slowly could extend them forever.
    return await withDeadline(deadline - now(), signal, timeoutError, (limited) =>
      shakeHands(connection, password, name, limited),
    );
  } catch (error) {
    connection.destroy();
    throw withoutPassword(tls === false ? withTlsHint(error) : error, password, MIN_FRAGMENT);
  }
}

/**
 * Adds a hint about TLS: servers that expect TLS close the connection without a reply. Some servers that have too many clients
 * do the same.
 */
function withTlsHint(error: unknown): unknown {
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
  const ready = { connection, redactor: redactorFor(password) };
  if (isHello(greeting))
    return { ...ready, hello: ready.redactor.hello(decodeHello(greeting)), dialect: "disque" };
  const hello = ready.redactor.hello(helloFromClusterNodes(await ask("CLUSTER", "NODES")));
  return { ...ready, hello, dialect: "module" };
}

/**
 * The password to send to the node. If the user's function fails, rejects with a `ConnectionError`; if it takes longer than
 * `connectTimeout`, with a `TimeoutError`; if its result is not a string, with a `TypeError`.
 */
export async function passwordFor(
  { password }: Address,
  settings: Settings,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const found = password ?? (await evaluated("password", settings.password, settings, signal));
  if (found === undefined || typeof found === "string") return found;
  throw new TypeError("option password: the function must return a string");
}

async function tlsFor(
  address: Address,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<boolean | TlsConnectionOptions> {
  const tls = (await evaluated("tls", settings.tls, settings, signal)) ?? false;
  if (typeof tls !== "boolean" && typeof tls !== "object")
    throw new TypeError("option tls: the function must return true, false or options of tls.connect");
  // If the address itself requires TLS, the client's options still configure it.
  return address.tls === true ? tls || true : (address.tls ?? tls);
}

/**
 * Returns the option's value. If the option is a function, it is called for each connection, so that secrets and certificates
 * can be rotated. A function that never settles must not block all attempts to connect, so it is limited to `connectTimeout`.
 */
async function evaluated<Value>(
  name: string,
  option: Value | (() => Value | Promise<Value>),
  { connectTimeout }: Settings,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (!isFunction(option)) return option;
  const call = async (): Promise<Value> => {
    try {
      return await option();
    } catch (cause) {
      // The message of the cause is left out, since it may contain a secret.
      throw new ConnectionError(`option ${name}: the function failed`, { cause });
    }
  };
  const timeoutError = (): Error =>
    new TimeoutError(`option ${name}: the function took longer than connectTimeout (${connectTimeout} ms)`);
  return withDeadline(connectTimeout, signal, timeoutError, (limited) => abortable(call(), limited));
}

function isFunction<Value>(
  option: Value | (() => Value | Promise<Value>),
): option is () => Value | Promise<Value> {
  return typeof option === "function";
}

/**
 * Whether this is Disque's reply to HELLO, which begins with a number. Redis replies to its own HELLO with names and
 * values.
 */
function isHello(reply: Reply | undefined): reply is Reply {
  return Array.isArray(reply) && typeof reply[0] === "number";
}

/** Keeps the password of one connection out of errors and node lists after the handshake. */
export interface Redactor {
  error(error: ReplyError): ReplyError;
  hello(hello: Hello): Hello;
}

/**
 * After the handshake, fragments of the password that are shorter than this are ignored: messages may contain them by chance.
 */
const MIN_LATER_FRAGMENT = 8;

export function redactorFor(password: string | undefined): Redactor {
  return {
    error(error) {
      const shown = withoutPassword(error, password, MIN_LATER_FRAGMENT);
      return shown instanceof ReplyError ? shown : error;
    },
    hello(hello) {
      if (password === undefined || password === "") return hello;
      const nodes = hello.nodes.filter(({ host }) => !containsFragment(host, password, MIN_LATER_FRAGMENT));
      return { ...hello, nodes };
    },
  };
}

/**
 * Standard error replies to AUTH, and to commands on a connection that is not authenticated. They never quote the password,
 * even if they happen to contain it.
 */
const FIXED_TEXTS = new Set([
  "ERR invalid password",
  "ERR Client sent AUTH, but no password is set",
  "NOAUTH Authentication required.",
  "WRONGPASS invalid username-password pair or user is disabled.",
]);
/**
 * During the handshake, fragments of the password that are shorter than this are ignored: messages may contain them by chance.
 */
export const MIN_FRAGMENT = 4;

/**
 * Returns the error, or a replacement if its message contains a fragment of the password: servers may quote a command in an
 * error, in part or escaped.
 */
export function withoutPassword(error: unknown, password: string | undefined, minFragment: number): unknown {
  if (!(error instanceof DisqueError) || password === undefined || password === "") return error;
  if (FIXED_TEXTS.has(error.message) || !mentions(error, password, minFragment)) return error;
  const message = "the node's answer is not shown, since it contains the password";
  if (error instanceof ReplyError) return new ReplyError(`ERR ${message}`, error.command);
  return error instanceof ProtocolError ? new ProtocolError(message) : new ConnectionError(message);
}

function mentions(error: unknown, password: string, minFragment: number): boolean {
  if (!(error instanceof Error)) return false;
  return (
    containsFragment(error.message, password, minFragment) || mentions(error.cause, password, minFragment)
  );
}

/** Whether the text contains the password, or half of it, even if it is escaped or split into several lines. */
function containsFragment(text: string, password: string, minFragment: number): boolean {
  const [plainText, plainPassword] = [alphanumeric(text), alphanumeric(password)];
  if (text.includes(password)) return true;
  const length = Math.max(minFragment, Math.ceil(plainPassword.length / 2));
  for (let start = 0; start + length <= plainPassword.length; start++) {
    if (plainText.includes(plainPassword.slice(start, start + length))) return true;
  }
  return false;
}

/** The letters and digits of a text in lower case, with escapes decoded: \u0041, \x41, %41. */
function alphanumeric(text: string): string {
  const decoded = text.replace(
    /\\u([\da-f]{4})|\\x([\da-f]{2})|%([\da-f]{2})|\\./gis,
    (_escape, ...[unicode, hex, percent]: (string | undefined)[]) => {
      const code = unicode ?? hex ?? percent;
      return code === undefined ? "" : String.fromCharCode(Number.parseInt(code, 16));
    },
  );
  return decoded.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
