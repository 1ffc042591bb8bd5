// The commands on a server's clients: their signatures, and their rows of the table.

import type { Argument, Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { bare, type CallOptions, type Table } from "./command.ts";
import { addField, asNumber, asOk, asText, emptyRecord, nullOr } from "./decode.ts";
import { first, second } from "./position.ts";

/** A client as its server lists it: `id`, `addr`, `name`, `age`, `idle`, `flags`, `cmd`, … */
export type ClientInfo = Readonly<Record<string, string>>;

/** Which clients to disconnect: those that all of these are true of. At least one besides `skipme` is needed. */
export interface ClientKillOptions extends CallOptions {
  /** The number that the server gave the client: `id` of `clientList`. */
  readonly id?: number | undefined;
  /** `host:port` as `clientList` gives it. */
  readonly addr?: string | undefined;
  /** The kind of client; Disque has but one. */
  readonly type?: "normal" | undefined;
  /** Spare the connection that this command comes over. Default true. */
  readonly skipme?: boolean | undefined;
}

/** The commands on a server's clients. They speak of the connected node. */
export interface Clients {
  /** CLIENT LIST: the connections that the server has. */
  clientList(options?: CallOptions): Promise<ClientInfo[]>;

  /**
   * CLIENT KILL: disconnects clients. Resolves with how many. Rejects with a `TypeError` when nothing says which.
   *
   * @example
   * await disque.clientKill({ addr: "127.0.0.1:50412" });
   */
  clientKill(options: ClientKillOptions): Promise<number>;

  /** CLIENT GETNAME: the name of the connection that this command comes over; `null` if it has none. */
  clientGetName(options?: CallOptions): Promise<string | null>;

  /**
   * CLIENT SETNAME: names the connection that this command comes over; `""` takes the name away. The client's option
   * `name` names every connection, again after each reconnect.
   */
  clientSetName(name: string, options?: CallOptions): Promise<void>;

  /** CLIENT PAUSE: the server answers nobody for so many milliseconds. */
  clientPause(milliseconds: number, options?: CallOptions): Promise<void>;
}

export const clientsTable: Table<Clients> = {
  clientList: bare(["CLIENT", "LIST"], "same-node", clientList),

  clientKill: {
    wire: ["CLIENT", "KILL"],
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
    options: first,
    traits: { resend: "never" },
  },

  clientGetName: bare(["CLIENT", "GETNAME"], "same-node", (command, reply) =>
    nullOr(reply, (name) => asText(command, name)),
  ),

  clientSetName: {
    wire: ["CLIENT", "SETNAME"],
    encode: (name) => [check.text("name", name)],
    decode: (reply) => asOk("CLIENT SETNAME", reply),
    options: second,
    traits: { resend: "never" },
  },

  clientPause: {
    wire: ["CLIENT", "PAUSE"],
    encode: (milliseconds) => [check.integer("milliseconds", milliseconds, 0)],
    decode: (reply) => asOk("CLIENT PAUSE", reply),
    options: second,
    traits: { resend: "never" },
  },
};

/** A line for each client, of `field=value` with spaces between (networking.c, catClientInfoString). */
function clientList(name: string, reply: Reply): ClientInfo[] {
  const lines = asText(name, reply).split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const client = emptyRecord<string>();
      for (const field of line.split(" ")) addField(client, field, "=");
      return client;
    });
}
