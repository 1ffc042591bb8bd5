// CONFIG: its signatures, at `disque.config`, and their rows of the table.

import * as check from "./arguments.ts";
import { asFields, asOk, asText, emptyRecord } from "./decode.ts";
import { type CallOptions, type Table, withoutArguments } from "./definition.ts";

/** The subcommands of CONFIG, at `disque.config`. */
export interface ConfigCommands {
  /**
   * CONFIG GET: the parameters whose names match a glob pattern, with their values.
   *
   * @example
   * const { maxmemory } = await disque.config.get("maxmemory*");
   */
  get(pattern: string, options?: CallOptions): Promise<Readonly<Record<string, string>>>;

  /** CONFIG SET: changes a parameter of the running node. Rejects with a `ReplyError` for an unknown name. */
  set(name: string, value: string | number, options?: CallOptions): Promise<void>;

  /** CONFIG RESETSTAT: resets the counters of INFO. */
  resetStat(options?: CallOptions): Promise<void>;

  /**
   * CONFIG REWRITE: writes the parameters to the node's configuration file. Rejects with a `ReplyError` when the node was
   * started without one.
   */
  rewrite(options?: CallOptions): Promise<void>;
}

/** Maximum bytes of a value. */
const MAX_VALUE = 16_384;

export const configTable: Table<ConfigCommands> = {
  get: {
    words: ["CONFIG", "GET"],
    encode: (pattern) => [check.text("pattern", pattern)],
    decode(reply) {
      const values = emptyRecord<string>();
      for (const [name, value] of Object.entries(asFields("CONFIG GET", reply)))
        values[name] = asText(name, value, MAX_VALUE);
      return values;
    },
    options: (_pattern, options) => options,
    resend: "same-node",
  },

  set: {
    words: ["CONFIG", "SET"],
    encode: (name, value) => [check.text("name", name), check.textOrNumber("value", value)],
    decode: (reply) => asOk("CONFIG SET", reply),
    options: (_name, _value, options) => options,
    resend: "same-node",
  },

  resetStat: withoutArguments(["CONFIG", "RESETSTAT"], "same-node", asOk),
  rewrite: withoutArguments(["CONFIG", "REWRITE"], "same-node", asOk),
};
