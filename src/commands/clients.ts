// The commands on a server's clients: their signatures and their rows of the table.

import type { Argument, Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { addField, asNumber, asOk, asText, emptyRecord, linesOf, nullOr, tooMany } from "./decode.ts";
import {
  CALL_OPTIONS,
  type CallOptions,
  type OptionNames,
  type Table,
  withoutArguments,
} from "./definition.ts";

/** A client as the server lists it: `id`, `addr`, `name`, `age`, `idle`, `flags`, `cmd`, … */
export type ClientInfo = Readonly<Record<string, string>>;

/** Which clients to disconnect: those that match all of these. At least one besides `skipme` is needed. */
export interface ClientKillOptions extends CallOptions {
  /** The client's `id` in `clientList`. */
  readonly id?: number | undefined;
  /** The client's `addr` in `clientList`: `host:port`. */
  readonly addr?: string | undefined;
  /** The kind of client; Disque has only one. */
  readonly type?: "normal" | undefined;
  /** Spare the connection that carries this command. Default true. */
  readonly skipme?: boolean | undefined;
}

/** The commands on a server's clients. */
export interface Clients {
  /** CLIENT LIST: the server's connections. */
  clientList(options?: CallOptions): Promise<ClientInfo[]>;

  /**
   * CLIENT KILL: disconnects clients. Resolves with how many. Rejects with a `TypeError` without a filter.
   *
   * @example
   * await disque.clientKill({ addr: "127.0.0.1:50412" });
   */
  clientKill(options: ClientKillOptions): Promise<number>;

  /** CLIENT GETNAME: the name of the connection that carries this command; `null` if it has none. */
  clientGetName(options?: CallOptions): Promise<string | null>;

  /**
   * CLIENT SETNAME: names the connection that carries this command; `""` removes the name. The client's option `name` names
   * every connection, also after a reconnect.
   */
  clientSetName(name: string, options?: CallOptions): Promise<void>;

  /** CLIENT PAUSE: the server answers no client for this many milliseconds. */
  clientPause(milliseconds: number, options?: CallOptions): Promise<void>;
}

const CLIENT_KILL_OPTIONS: OptionNames<ClientKillOptions> = {
  ...CALL_OPTIONS,
  id: true,
  addr: true,
  type: true,
  skipme: true,
};

export const clientsTable: Table<Clients> = {
  clientList: withoutArguments(["CLIENT", "LIST"], "same-node", clientList),

  clientKill: {
    words: ["CLIENT", "KILL"],
    encode({ id, addr, type, skipme = true } = {}) {
      const args: Argument[] = [];
      if (id !== undefined) args.push("ID", check.integer("id", id, 1));
      if (addr !== undefined) args.push("ADDR", check.text("addr", addr));
      if (type !== undefined) args.push("TYPE", check.oneOf("type", type, ["normal"]));
      if (args.length === 0) throw new TypeError("clientKill needs at least one of id, addr and type");
      args.push("SKIPME", check.flag("skipme", skipme) ? "yes" : "no");
      return args;
    },
    decode: (reply) => asNumber("CLIENT KILL", reply),
    options: (options) => options,
    optionNames: CLIENT_KILL_OPTIONS,
    resend: "never",
  },

  clientGetName: withoutArguments(["CLIENT", "GETNAME"], "same-node", (command, reply) =>
    nullOr(reply, (name) => asText(command, name)),
  ),

  clientSetName: {
    words: ["CLIENT", "SETNAME"],
    encode: (name) => [check.text("name", name)],
    decode: (reply) => asOk("CLIENT SETNAME", reply),
    options: (_argument, options) => options,
    resend: "never",
  },

  clientPause: {
    words: ["CLIENT", "PAUSE"],
    encode: (milliseconds) => [check.integer("milliseconds", milliseconds, 0)],
    decode: (reply) => asOk("CLIENT PAUSE", reply),
    options: (_argument, options) => options,
    resend: "never",
  },
};

/** Maximum number of fields of all clients together, 16 for each; and of different field names. */
const MAX_FIELDS = 262_144;
const MAX_NAMES = 256;

/** Decodes CLIENT LIST, a line of space-separated `field=value` for each client (networking.c, catClientInfoString). */
export function clientList(command: string, reply: Reply): ClientInfo[] {
  const clients: ClientInfo[] = [];
  const names = new Set<string>();
  let count = 0;
  for (const line of linesOf(command, asText(command, reply))) {
    const client = emptyRecord<string>();
    for (let start = 0; start < line.length; ) {
      const space = line.indexOf(" ", start);
      const end = space < 0 ? line.length : space;
      const name = addField(client, line.slice(start, end), "=");
      if (name !== undefined) names.add(name);
      if (++count > MAX_FIELDS) throw tooMany(command, MAX_FIELDS, "fields");
      start = end + 1;
    }
    if (names.size > MAX_NAMES) throw tooMany(command, MAX_NAMES, "names of fields");
    clients.push(client);
  }
  return clients;
}
