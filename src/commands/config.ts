// CONFIG: its signatures, found at `disque.config`, and its rows of the table.

import * as check from "./arguments.ts";
import { bare, type CallOptions, type Table } from "./command.ts";
import { asFields, asOk, asText, emptyRecord } from "./decode.ts";
import { second, third } from "./position.ts";

/** The subcommands of CONFIG, at `disque.config`. They speak to the connected node. */
export interface ConfigCommands {
  /**
   * CONFIG GET: the parameters whose names match a glob pattern, and their values.
   *
   * @example
   * const { maxmemory } = await disque.config.get("maxmemory*");
   */
  get(pattern: string, options?: CallOptions): Promise<Readonly<Record<string, string>>>;

  /** CONFIG SET: changes a parameter of the running node. Rejects with a `ReplyError` when it has none of that name. */
  set(name: string, value: string | number, options?: CallOptions): Promise<void>;

  /** CONFIG RESETSTAT: sets the counters of INFO back to zero. */
  resetStat(options?: CallOptions): Promise<void>;

  /**
   * CONFIG REWRITE: writes the parameters to the file that the node was started with. Rejects with a `ReplyError` when it
   * was started without one.
   */
  rewrite(options?: CallOptions): Promise<void>;
}

export const configTable: Table<ConfigCommands> = {
  get: {
    wire: ["CONFIG", "GET"],
    encode: (pattern) => [check.text("pattern", pattern)],
    decode(reply) {
      const values = emptyRecord<string>();
      for (const [name, value] of Object.entries(asFields("CONFIG GET", reply)))
        values[name] = asText(name, value);
      return values;
    },
    options: second,
    traits: { resend: "same-node" },
  },

  set: {
    wire: ["CONFIG", "SET"],
    encode: (name, value) => [check.text("name", name), check.textOrNumber("value", value)],
    decode: (reply) => asOk("CONFIG SET", reply),
    options: third,
    traits: { resend: "same-node" },
  },

  resetStat: bare(["CONFIG", "RESETSTAT"], "same-node", asOk),
  rewrite: bare(["CONFIG", "REWRITE"], "same-node", asOk),
};
