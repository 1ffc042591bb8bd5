// The client's options, each with its default, in one place.

import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";
import * as check from "../commands/arguments.ts";
import type { HelloNode } from "../commands/replies.ts";
import type { ParserLimits } from "../resp/index.ts";
import type { NodeAddress } from "./address.ts";

/** The options of a client. A bad one is a `TypeError` or `RangeError` at construction, which names it. */
export interface DisqueOptions {
  /** Sent with AUTH on every connection. An address may have one of its own. */
  readonly password?: string | undefined;
  /** Speak TLS; an object goes to `tls.connect` as it is. Default false; addresses with `disques:` do in any case. */
  readonly tls?: boolean | TlsConnectionOptions | undefined;
  /** The name that every connection gets (CLIENT SETNAME): printable ASCII without spaces. Default none. */
  readonly name?: string | undefined;
  /** Milliseconds until an attempt to connect, handshake included, is given up. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /**
   * Milliseconds a reply may take once a command is sent; its connection is taken for dead then. What the server may
   * wait on purpose comes on top. Default 10,000.
   */
  readonly commandTimeout?: number | undefined;
  /** Milliseconds without traffic after which TCP asks whether the node is still there. Default 10,000. */
  readonly keepAlive?: number | undefined;
  /**
   * Milliseconds that a call goes on looking for a node once something failed: over all nodes, again and again, with
   * growing pauses. 0: every node once. Default 10,000.
   */
  readonly failoverTimeout?: number | undefined;
  /** Try the listed nodes in random order rather than as they are listed. Default false. */
  readonly shuffle?: boolean | undefined;
  /**
   * Use the other nodes of the cluster too, which the listed ones announce. Each is sent the password of the one that
   * announced it. Default true; false restricts the client to the nodes that are listed.
   */
  readonly discover?: boolean | undefined;
  /**
   * Says where to dial a node that was announced, or `null` to refuse it: for clusters behind NAT, and for clients that
   * do not trust what nodes announce. Without it, an IP address or host name is dialled as it is announced, but one
   * of this machine or of its link (loopback, link-local, and so the metadata address of a cloud, 169.254.169.254) only
   * when a listed node is one as well. It is asked about every announced node, whatever it has for a host.
   *
   * @example
   * new Disque("10.0.0.1:7711", { mapNode: (node) => (node.host.startsWith("10.") ? node : null) });
   * const allowed = new Set(["10.0.0.1", "10.0.0.2"]);
   * const disque = new Disque("10.0.0.1", { mapNode: (node) => (allowed.has(node.host) ? node : null) });
   */
  readonly mapNode?: ((node: HelloNode) => NodeAddress | null) | undefined;
  /** Milliseconds between two HELLOs that ask which nodes there are and how they fare; jittered by a quarter. Default 30,000. */
  readonly refreshInterval?: number | undefined;
  /** How many connections to a node may be opened for ADDJOB when jobs are replicated. Default 16. */
  readonly addConnections?: number | undefined;
  /** Fetch jobs from the node where most of them are born. Default true. */
  readonly affinity?: boolean | undefined;
  /** How many calls may wait at a time; one more rejects with an `OverloadError`. Default 100,000. */
  readonly maxPending?: number | undefined;
  /**
   * Give the arguments and results of calls, and with them the bodies of jobs, to the subscribers of the diagnostics channel
   * `disque:command`. Default false.
   */
  readonly traceBodies?: boolean | undefined;
  /**
   * Bounds on what a node may send in one reply, whole numbers above 0, each with a default of its own: what goes beyond
   * one is a `ProtocolError` and ends the connection. HELLO and what the client asks for must fit.
   */
  readonly replyLimits?: ParserLimits | undefined;
}

export interface Settings {
  readonly password: string | undefined;
  readonly tls: boolean | TlsConnectionOptions;
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
  readonly affinity: boolean;
  readonly maxPending: number;
  readonly traceBodies: boolean;
  readonly replyLimits: ParserLimits;
}

type PeriodName = "connectTimeout" | "commandTimeout" | "keepAlive" | "refreshInterval" | "maxPending";
type FlagName = "shuffle" | "discover" | "affinity" | "traceBodies";

/** Throws a `TypeError` or `RangeError` that names the option. */
export function settingsFrom(options: DisqueOptions): Settings {
  const period = (name: PeriodName, otherwise: number): number =>
    check.period(`option ${name}`, options[name] ?? otherwise);
  const flag = (name: FlagName, otherwise: boolean): boolean =>
    check.flag(`option ${name}`, options[name] ?? otherwise);
  return {
    password: optionalText("password", options.password),
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
    affinity: flag("affinity", true),
    maxPending: period("maxPending", 100_000),
    traceBodies: flag("traceBodies", false),
    replyLimits: limits(options.replyLimits ?? {}),
  };
}

function limits(value: ParserLimits): ParserLimits {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError("option replyLimits must be an object");
  const { maxDepth, maxElements, maxBulkLength, maxLineLength, maxReplyLength } = value;
  const given = Object.entries({ maxDepth, maxElements, maxBulkLength, maxLineLength, maxReplyLength });
  return Object.fromEntries(
    given.flatMap(([name, limit]) =>
      limit === undefined ? [] : [[name, check.integer(`option replyLimits.${name}`, limit, 1)]],
    ),
  );
}

function tlsOption(value: boolean | TlsConnectionOptions): boolean | TlsConnectionOptions {
  if (typeof value !== "boolean" && typeof value !== "object")
    throw new TypeError("option tls must be true, false or options of tls.connect");
  return value;
}

function optionalText(name: string, value: string | undefined): string | undefined {
  // The value is not shown: it may be the password.
  if (value !== undefined && typeof value !== "string")
    throw new TypeError(`option ${name} must be a string`);
  return value;
}

function connectionName(value: string | undefined): string | undefined {
  const name = optionalText("name", value);
  // networking.c, clientCommand: anything else would break the format of CLIENT LIST.
  if (name !== undefined && !/^[!-~]+$/.test(name))
    throw new RangeError("option name must be printable ASCII without spaces");
  return name;
}
