// The commands that concern the server itself: their signatures, their rows of the command table, and the decoders of their
// replies.

import type { Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import {
  addField,
  asArray,
  asNumber,
  asNumberText,
  asOk,
  asText,
  asTexts,
  emptyRecord,
  linesOf,
  MAX_NAME,
  nullOr,
  tooMany,
} from "./decode.ts";
import {
  CALL_OPTIONS,
  type CallOptions,
  itemsOf,
  type OptionNames,
  optionsOf,
  type Table,
  withoutArguments,
} from "./definition.ts";
import { decodeHello, type Hello, helloFromClusterNodes } from "./hello.ts";

/** A section of INFO; `default` is everything except `commandstats`. */
export type InfoSection =
  | "server"
  | "clients"
  | "memory"
  | "jobs"
  | "queues"
  | "persistence"
  | "stats"
  | "cpu"
  | "commandstats"
  | "default"
  | "all";

/** The fields of each section as the server writes them; section names are in lower case. */
export type Info = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The time of a server. */
export interface ServerTime {
  /** The time in whole seconds since 1970. */
  readonly seconds: number;
  /** The microseconds of the current second: 0 to 999,999. */
  readonly microseconds: number;
}

/** A command of the server. */
export interface CommandInfo {
  /** The name of the command in lower case. */
  readonly name: string;
  /** The number of words of the command, including its name. A negative number is a minimum: -2 means at least 2. */
  readonly arity: number;
  /** The flags of the command: `write`, `readonly`, `admin`, `fast`, … */
  readonly flags: readonly string[];
  /** Position of the first key, as in Redis; always 0, since Disque has no keys. */
  readonly firstKey: number;
  /** Position of the last key. */
  readonly lastKey: number;
  /** Distance between two keys. */
  readonly keyStep: number;
}

/** Any number of command names, or an array of command names followed by options. */
export type CommandNames =
  | [...names: string[]]
  | [names: readonly string[], options?: CallOptions | undefined];

/** The options of `shutdown`. */
export interface ShutdownOptions extends CallOptions {
  /** Rewrite the append-only file first. Default false. */
  readonly rewriteAof?: boolean | undefined;
}

/** The commands that concern the server itself, not its jobs or queues. */
export interface Server {
  /** HELLO: the node's id and the nodes that it knows. */
  hello(options?: CallOptions): Promise<Hello>;

  /**
   * INFO: information by section. The default section is `default`: everything except `commandstats`.
   *
   * @example
   * const { jobs } = await disque.info("jobs");
   * console.log(jobs?.["registered_jobs"]);
   */
  info(section?: InfoSection, options?: CallOptions): Promise<Info>;

  /** PING: resolves with `PONG`, or with `message` if given. */
  ping(message?: string, options?: CallOptions): Promise<string>;

  /** TIME: the server's time. */
  time(options?: CallOptions): Promise<ServerTime>;

  /** COMMAND: the commands that the server has. */
  command(options?: CallOptions): Promise<CommandInfo[]>;

  /** COMMAND COUNT: the number of commands that the server has. */
  commandCount(options?: CallOptions): Promise<number>;

  /**
   * COMMAND INFO: the named commands, in the same order; `null` for a command that the server does not have.
   *
   * @example
   * const [getjob] = await disque.commandInfo("getjob");
   * await disque.commandInfo(["getjob", "addjob"], { signal });
   */
  commandInfo(...names: CommandNames): Promise<(CommandInfo | null)[]>;

  /** BGREWRITEAOF: rewrites the append-only file in the background. Resolves with the server's message. */
  bgrewriteaof(options?: CallOptions): Promise<string>;

  /** SHUTDOWN: stops the server. Resolves when the server has closed the connection. */
  shutdown(options?: ShutdownOptions): Promise<void>;
}

const INFO_SECTIONS: readonly InfoSection[] = [
  "server",
  "clients",
  "memory",
  "jobs",
  "queues",
  "persistence",
  "stats",
  "cpu",
  "commandstats",
  "default",
  "all",
];

const SHUTDOWN_OPTIONS: OptionNames<ShutdownOptions> = { ...CALL_OPTIONS, rewriteAof: true };

export const serverTable: Table<Server> = {
  hello: {
    ...withoutArguments("HELLO", "any-node", (_name, reply) => decodeHello(reply)),
    onModule: withoutArguments("CLUSTER NODES", "any-node", (_name, reply) => helloFromClusterNodes(reply)),
  },

  info: {
    name: "INFO",
    encode: (section) =>
      section === undefined ? ["INFO"] : ["INFO", check.oneOf("section", section, INFO_SECTIONS)],
    decode: (reply) => info(reply),
    options: (_argument, options) => options,
    resend: "any-node",
    onModule: {
      name: "DISQUE INFO",
      encode: () => ["DISQUE", "INFO"],
      decode: (reply, { args: [section] }) => moduleInfo(reply, section),
      options: (_argument, options) => options,
      resend: "any-node",
    },
  },

  ping: {
    name: "PING",
    encode: (message) => (message === undefined ? ["PING"] : ["PING", check.text("message", message)]),
    decode: (reply) => asText("PING", reply),
    options: (_argument, options) => options,
    resend: "any-node",
  },

  time: withoutArguments("TIME", "any-node", (name, reply) => {
    const [seconds, microseconds] = asArray(name, reply);
    return {
      seconds: asNumberText("seconds of TIME", seconds),
      microseconds: asNumberText("microseconds of TIME", microseconds),
    };
  }),

  command: withoutArguments("COMMAND", "any-node", (name, reply) =>
    asArray(name, reply).map((item) => commandInfo(item)),
  ),
  commandCount: withoutArguments("COMMAND COUNT", "any-node", asNumber),

  commandInfo: {
    name: "COMMAND INFO",
    encode: (...names) => [
      "COMMAND",
      "INFO",
      ...itemsOf<string>(names).map((name) => check.text("name", name)),
    ],
    decode: (reply) => asArray("COMMAND INFO", reply).map((item) => nullOr(item, commandInfo)),
    options: (...names) => optionsOf<string>(names),
    resend: "any-node",
  },

  bgrewriteaof: withoutArguments("BGREWRITEAOF", "same-node", asText),

  shutdown: {
    name: "SHUTDOWN",
    encode: ({ rewriteAof = false } = {}) =>
      check.flag("rewriteAof", rewriteAof) ? ["SHUTDOWN", "REWRITE-AOF"] : ["SHUTDOWN"],
    decode: (reply) => asOk("SHUTDOWN", reply),
    options: (options) => options,
    optionNames: SHUTDOWN_OPTIONS,
    resend: "never",
    closesConnection: true,
  },
};

/** Maximum number of fields of all sections together. */
const MAX_INFO_FIELDS = 16_384;

/** Decodes lines of the form `# Section` and `field:value`. */
export function info(reply: Reply): Info {
  const sections = emptyRecord<Record<string, string>>();
  let section = emptyRecord<string>();
  let count = 0;
  for (const line of linesOf("INFO", asText("INFO", reply))) {
    if (++count > MAX_INFO_FIELDS) throw tooMany("INFO", MAX_INFO_FIELDS, "fields");
    if (line.startsWith("# ")) {
      section = emptyRecord();
      sections[line.slice(2).toLowerCase()] = section;
    } else addField(section, line, ":");
  }
  return sections;
}

/** Decodes an array of strings of the form `section.field:value`, and leaves out the sections that were not asked for. */
function moduleInfo(reply: Reply, wanted: InfoSection | undefined): Info {
  const sections = emptyRecord<Record<string, string>>();
  if (asArray("DISQUE INFO", reply).length > MAX_INFO_FIELDS)
    throw tooMany("DISQUE INFO", MAX_INFO_FIELDS, "fields");
  for (const line of asTexts("DISQUE INFO", reply)) {
    const [, section = "", field = "", value = ""] = /^([^.:]*)\.([^:]*):(.*)$/.exec(line) ?? [];
    if (wanted !== undefined && wanted !== "default" && wanted !== "all" && wanted !== section) continue;
    sections[section] ??= emptyRecord<string>();
    sections[section][field] = value;
  }
  return sections;
}

function commandInfo(reply: Reply): CommandInfo {
  const [name, arity, flags, firstKey, lastKey, keyStep] = asArray("command", reply);
  return {
    name: asText("name of a command", name, MAX_NAME),
    arity: asNumber("arity of a command", arity),
    flags: asTexts("flags of a command", flags, MAX_NAME),
    firstKey: asNumber("first key of a command", firstKey),
    lastKey: asNumber("last key of a command", lastKey),
    keyStep: asNumber("key step of a command", keyStep),
  };
}
