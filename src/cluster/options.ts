// The client's options, each with its default, in one place.

import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";
import * as check from "../commands/arguments.ts";
import type { OptionNames } from "../commands/definition.ts";
import type { HelloNode } from "../commands/hello.ts";
import type { ParserLimits } from "../resp/index.ts";
import type { NodeAddress } from "./addresses/address.ts";

/** The options of a client. An invalid or unknown option throws a `TypeError` or `RangeError` that names it. */
export interface DisqueOptions {
  /**
   * The password that is sent with AUTH on every connection. An address may have its own password. A function is called for
   * each new connection, so that the password can be rotated. It must settle within `connectTimeout`.
   */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  /**
   * Whether to use TLS. An object is passed to `tls.connect`. A function is called for each new connection, so that
   * certificates can be rotated. It must settle within `connectTimeout`. Default false; addresses with `disques:` use TLS in
   * any case.
   */
  readonly tls?:
    | boolean
    | TlsConnectionOptions
    | (() => boolean | TlsConnectionOptions | Promise<boolean | TlsConnectionOptions>)
    | undefined;
  /** The name of every connection (CLIENT SETNAME): printable ASCII without spaces. Default none. */
  readonly name?: string | undefined;
  /** How long an attempt to connect may take, handshake included, in milliseconds. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /**
   * How long to wait for a reply before treating the connection as dead, in milliseconds without progress. Sending bytes of the
   * command and receiving bytes of the reply count as progress. The command's server-side timeout is added. Default 10,000.
   */
  readonly commandTimeout?: number | undefined;
  /** Idle time before TCP keep-alive probes, in milliseconds. Default 10,000. */
  readonly keepAlive?: number | undefined;
  /**
   * How long, in milliseconds, a call keeps trying nodes after its first failure, with backoff. With 0, each node is tried
   * once. Default 10,000.
   */
  readonly failoverTimeout?: number | undefined;
  /** Try the listed nodes in random order instead of the given order. Default false. */
  readonly shuffle?: boolean | undefined;
  /**
   * Also use the nodes that the listed nodes announce. An announced node is sent the password of the node that announced it.
   * Default true; false restricts the client to the listed nodes.
   */
  readonly discover?: boolean | undefined;
  /**
   * Returns the address to use for an announced node, or `null` to refuse the node. This is for clusters behind NAT, and for
   * clients that do not trust what nodes announce. The function is called for every announced node that is not listed. Without
   * it, the client connects to the announced IP address or host name. It connects to loopback and link-local addresses, such
   * as the metadata address of a cloud (169.254.169.254), only if a listed node has an address of the same kind.
   *
   * @example
   * const allowed = new Set(["10.0.0.1", "10.0.0.2"]);
   * const disque = new Disque("10.0.0.1", { mapNode: (node) => (allowed.has(node.host) ? node : null) });
   */
  readonly mapNode?: ((node: HelloNode) => NodeAddress | null) | undefined;
  /** How often the node list is refreshed with HELLO, in milliseconds, varied at random by up to a quarter. Default 30,000. */
  readonly refreshInterval?: number | undefined;
  /** Maximum number of connections to one node for ADDJOBs that replicate. Default 16. */
  readonly addConnections?: number | undefined;
  /** Maximum number of calls in flight; further calls reject with an `OverloadError`. Default 100,000. */
  readonly maxPending?: number | undefined;
  /**
   * Pass the arguments and results of calls, which include the bodies of jobs, to subscribers of the diagnostics channel
   * `disque:command`. Default false.
   */
  readonly traceBodies?: boolean | undefined;
  /**
   * Limits on one reply from a node, as whole numbers above 0. A reply that exceeds a limit causes a `ProtocolError` and ends
   * the connection. The limits must leave room for the replies to HELLO and to the program's own calls.
   */
  readonly replyLimits?: ParserLimits | undefined;
}

export interface Settings {
  readonly password: NonNullable<DisqueOptions["password"]> | undefined;
  readonly tls: NonNullable<DisqueOptions["tls"]>;
  readonly name: string | undefined;
  readonly connectTimeout: number;
  readonly commandTimeout: number;
  readonly keepAlive: number;
  readonly failoverTimeout: number;
  readonly shuffle: boolean;
  readonly discover: boolean;
  readonly mapNode: ((node: HelloNode) => NodeAddress | null) | undefined;
  readonly refreshInterval: number;
  readonly addConnections: number;
  readonly maxPending: number;
  readonly traceBodies: boolean;
  readonly replyLimits: ParserLimits;
}

type PeriodName = "connectTimeout" | "commandTimeout" | "keepAlive" | "refreshInterval" | "maxPending";
type FlagName = "shuffle" | "discover" | "traceBodies";

const OPTION_NAMES: OptionNames<DisqueOptions> = {
  password: true,
  tls: true,
  name: true,
  connectTimeout: true,
  commandTimeout: true,
  keepAlive: true,
  failoverTimeout: true,
  shuffle: true,
  discover: true,
  mapNode: true,
  refreshInterval: true,
  addConnections: true,
  maxPending: true,
  traceBodies: true,
  replyLimits: true,
};
const LIMIT_NAMES: OptionNames<ParserLimits> = {
  maxDepth: true,
  maxElements: true,
  maxBulkLength: true,
  maxLineLength: true,
  maxReplyLength: true,
};

/** Checks the options and adds the defaults. Throws a `TypeError` or `RangeError` that names the invalid option. */
export function settingsFrom(options: DisqueOptions): Settings {
  check.knownOptions("options", options, OPTION_NAMES);
  const period = (name: PeriodName, otherwise: number): number =>
    check.period(`option ${name}`, options[name] ?? otherwise);
  const flag = (name: FlagName, otherwise: boolean): boolean =>
    check.flag(`option ${name}`, options[name] ?? otherwise);
  return {
    password: passwordOption(options.password),
    tls: tlsOption(options.tls ?? false),
    name: connectionName(options.name),
    connectTimeout: period("connectTimeout", 5_000),
    commandTimeout: period("commandTimeout", 10_000),
    keepAlive: period("keepAlive", 10_000),
    failoverTimeout: check.timeLimit("option failoverTimeout", options.failoverTimeout ?? 10_000),
    shuffle: flag("shuffle", false),
    discover: flag("discover", true),
    mapNode: options.mapNode === undefined ? undefined : check.callback("option mapNode", options.mapNode),
    refreshInterval: period("refreshInterval", 30_000),
    addConnections: check.integer("option addConnections", options.addConnections ?? 16, 1),
    maxPending: period("maxPending", 100_000),
    traceBodies: flag("traceBodies", false),
    replyLimits: limits(options.replyLimits ?? {}),
  };
}

function limits(value: ParserLimits): ParserLimits {
  check.knownOptions("option replyLimits", value, LIMIT_NAMES);
  for (const [name, limit] of Object.entries(value)) {
    if (limit !== undefined) check.integer(`option replyLimits.${name}`, limit, 1);
  }
  return { ...value };
}

function tlsOption(value: Settings["tls"]): Settings["tls"] {
  if (typeof value === "boolean" || typeof value === "function") return value;
  if (typeof value === "object" && value !== null) return value;
  throw new TypeError(
    "option tls must be true, false, options of tls.connect, or a function that returns them",
  );
}

function passwordOption(value: DisqueOptions["password"]): Settings["password"] {
  // The value is a secret, so errors never show it.
  if (value === undefined || typeof value === "string" || typeof value === "function") return value;
  throw new TypeError("option password must be a string or a function that returns one");
}

function connectionName(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  // networking.c, clientCommand: anything else would break the format of CLIENT LIST.
  if (!/^[!-~]+$/.test(check.text("option name", value)))
    throw new RangeError("option name must be printable ASCII without spaces");
  return value;
}
