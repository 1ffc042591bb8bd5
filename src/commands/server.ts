// The commands on a server itself: their signatures, and their rows of the table.

import type { Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { clusterNodes, helloOf } from "./cluster.ts";
import { bare, type CallOptions, type Table } from "./command.ts";
import {
  addField,
  asArray,
  asNumber,
  asNumberText,
  asOk,
  asText,
  asTexts,
  emptyRecord,
  nullOr,
} from "./decode.ts";
import { itemsOf, optionsOf } from "./listed.ts";
import { first, second } from "./position.ts";
import { type Hello, hello } from "./replies.ts";

/** A part of INFO; `default` is all but `commandstats`. */
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

/** The fields of each section, as the server writes them; names of sections in lower case. */
export type Info = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The time of a server: seconds since 1970, and the microseconds of the second. */
export interface ServerTime {
  /** Since 1970. */
  readonly seconds: number;
  /** Of the second: 0 to 999,999. */
  readonly microseconds: number;
}

/** What a server says of one of its commands. */
export interface CommandInfo {
  /** In lower case. */
  readonly name: string;
  /** How many words it takes, its name counted; below zero: at least so many. */
  readonly arity: number;
  /** `write`, `readonly`, `admin`, `fast`, … */
  readonly flags: readonly string[];
  /** Which of its words is the first key, as Redis counts; 0 in Disque, which has no keys. */
  readonly firstKey: number;
  /** Which is the last one. */
  readonly lastKey: number;
  /** How many words lie between two. */
  readonly keyStep: number;
}

/** Any number of names of commands; or an array of them, and options. */
export type CommandNames =
  | [...names: string[]]
  | [names: readonly string[], options?: CallOptions | undefined];

/** The options of `shutdown`. */
export interface ShutdownOptions extends CallOptions {
  /** Rewrite the append-only file before. Default false. */
  readonly rewriteAof?: boolean | undefined;
}

/** The commands on a server itself. They speak of the connected node. */
export interface Server {
  /** HELLO: the node's id, and all nodes that it knows. */
  hello(options?: CallOptions): Promise<Hello>;

  /**
   * INFO: facts and figures, by section. Default section: `default`, which is all but `commandstats`.
   *
   * @example
   * const { jobs } = await disque.info("jobs");
   * console.log(jobs?.["registered_jobs"]);
   */
  info(section?: InfoSection, options?: CallOptions): Promise<Info>;

  /** PING: resolves with `PONG`, or with `message` if there is one. */
  ping(message?: string, options?: CallOptions): Promise<string>;

  /** TIME: what the server's clock says. */
  time(options?: CallOptions): Promise<ServerTime>;

  /** COMMAND: the commands that the server has. */
  command(options?: CallOptions): Promise<CommandInfo[]>;

  /** COMMAND COUNT: how many commands the server has. */
  commandCount(options?: CallOptions): Promise<number>;

  /**
   * COMMAND INFO: these commands, in that order; `null` for one that the server does not have.
   *
   * @example
   * const [getjob] = await disque.commandInfo("getjob");
   * await disque.commandInfo(["getjob", "addjob"], { signal });
   */
  commandInfo(...names: CommandNames): Promise<(CommandInfo | null)[]>;

  /** BGREWRITEAOF: rewrites the append-only file in the background. Resolves with what the server says to that. */
  bgrewriteaof(options?: CallOptions): Promise<string>;

  /** SHUTDOWN: ends the server. Resolves when it has closed the connection. */
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

export const serverTable: Table<Server> = {
  hello: {
    ...bare(["HELLO"], "any-node", (_name, reply) => hello(reply)),
    onModule: bare(["CLUSTER", "NODES"], "any-node", (_name, reply) => helloOf(clusterNodes(reply))),
  },

  info: {
    wire: ["INFO"],
    encode: (section) => (section === undefined ? [] : [check.oneOf("section", section, INFO_SECTIONS)]),
    decode: (reply) => info(reply),
    options: second,
    traits: { resend: "any-node" },
    onModule: {
      wire: ["DISQUE", "INFO"],
      encode: () => [],
      decode: (reply, { args: [section] }) => moduleInfo(reply, section),
      options: second,
      traits: { resend: "any-node" },
    },
  },

  ping: {
    wire: ["PING"],
    encode: (message) => (message === undefined ? [] : [check.text("message", message)]),
    decode: (reply) => asText("PING", reply),
    options: second,
    traits: { resend: "any-node" },
  },

  time: bare(["TIME"], "any-node", (name, reply) => {
    const [seconds, microseconds] = asArray(name, reply);
    return {
      seconds: asNumberText("seconds of TIME", seconds),
      microseconds: asNumberText("microseconds of TIME", microseconds),
    };
  }),

  command: bare(["COMMAND"], "any-node", (name, reply) =>
    asArray(name, reply).map((item) => commandInfo(item)),
  ),
  commandCount: bare(["COMMAND", "COUNT"], "any-node", asNumber),

  commandInfo: {
    wire: ["COMMAND", "INFO"],
    encode: (...names) => itemsOf<string>(names).map((name) => check.text("name", name)),
    decode: (reply) => asArray("COMMAND INFO", reply).map((item) => nullOr(item, commandInfo)),
    options: (...names) => optionsOf<string>(names),
    traits: { resend: "any-node" },
  },

  bgrewriteaof: bare(["BGREWRITEAOF"], "same-node", asText),

  shutdown: {
    wire: ["SHUTDOWN"],
    encode: ({ rewriteAof = false } = {}) => (check.flag("rewriteAof", rewriteAof) ? ["REWRITE-AOF"] : []),
    decode: (reply) => asOk("SHUTDOWN", reply),
    options: first,
    traits: { resend: "never", hangsUp: true },
  },
};

/** Lines of `# Section` and of `field:value`. */
export function info(reply: Reply): Info {
  const sections = emptyRecord<Record<string, string>>();
  let section = emptyRecord<string>();
  for (const line of asText("INFO", reply).split("\r\n")) {
    if (line.startsWith("# ")) {
      section = emptyRecord();
      sections[line.slice(2).toLowerCase()] = section;
    } else addField(section, line, ":");
  }
  return sections;
}

/** An array of `section.field:value`. */
function moduleInfo(reply: Reply, wanted: InfoSection | undefined): Info {
  const sections = emptyRecord<Record<string, string>>();
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
    name: asText("name of a command", name),
    arity: asNumber("arity of a command", arity),
    flags: asTexts("flags of a command", flags),
    firstKey: asNumber("first key of a command", firstKey),
    lastKey: asNumber("last key of a command", lastKey),
    keyStep: asNumber("key step of a command", keyStep),
  };
}
