// The client's options, each with its default, in one place.

import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";

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
  /** How many calls may wait at a time; one more rejects with an `OverloadError`. Default 100,000. */
  readonly maxPending?: number | undefined;
}

export interface Settings {
  readonly password: string | undefined;
  readonly tls: boolean | TlsConnectionOptions;
  readonly name: string | undefined;
  readonly connectTimeout: number;
  readonly commandTimeout: number;
  readonly keepAlive: number;
  readonly maxPending: number;
}

/** Throws a `TypeError` or `RangeError` that names the option. */
export function settingsFrom(options: DisqueOptions): Settings {
  return {
    password: optionalText("password", options.password),
    tls: options.tls ?? false,
    name: connectionName(options.name),
    connectTimeout: positive("connectTimeout", options.connectTimeout ?? 5_000),
    commandTimeout: positive("commandTimeout", options.commandTimeout ?? 10_000),
    keepAlive: positive("keepAlive", options.keepAlive ?? 10_000),
    maxPending: positive("maxPending", options.maxPending ?? 100_000),
  };
}

function positive(name: string, value: number): number {
  if (typeof value !== "number" || !(value > 0))
    throw new RangeError(`option ${name} must be a number above 0`);
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
