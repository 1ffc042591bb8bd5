// The commands on a server itself.

import type {
  CommandInfo,
  CommandNames,
  Disque,
  Hello,
  HelloNode,
  Info,
  InfoSection,
  Server,
  ServerTime,
  ShutdownOptions,
} from "disque";
import { type CommandOptions, type Equal, type Expect, expectType, type TestsOf } from "./expect.js";

declare const disque: Disque;
declare const signal: AbortSignal;

export type ShapesAre = [
  Expect<Equal<ShutdownOptions, CommandOptions<{ rewriteAof: boolean }>>>,
  Expect<
    Equal<
      InfoSection,
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
      | "all"
    >
  >,
  Expect<Equal<Info, Readonly<Record<string, Readonly<Record<string, string>>>>>>,
  Expect<
    Equal<Hello, { readonly version: number; readonly id: string; readonly nodes: readonly HelloNode[] }>
  >,
  Expect<
    Equal<
      HelloNode,
      { readonly id: string; readonly host: string; readonly port: number; readonly priority: number }
    >
  >,
  Expect<Equal<ServerTime, { readonly seconds: number; readonly microseconds: number }>>,
  Expect<
    Equal<
      CommandInfo,
      {
        readonly name: string;
        readonly arity: number;
        readonly flags: readonly string[];
        readonly firstKey: number;
        readonly lastKey: number;
        readonly keyStep: number;
      }
    >
  >,
];

export const server: TestsOf<Server> = {
  hello() {
    expectType(disque.hello()).is<Promise<Hello>>();
    disque.hello({ signal, commandTimeout: 5 });
    // @ts-expect-error a misspelt option
    disque.hello({ commandtimeout: 5 });
  },

  info() {
    expectType(disque.info()).is<Promise<Info>>();
    disque.info("jobs", { signal });
    disque.info(undefined, { signal });
    // @ts-expect-error an unknown section
    disque.info("cluster");
    // @ts-expect-error options in place of the section
    disque.info({ signal });
  },

  ping() {
    expectType(disque.ping()).is<Promise<string>>();
    disque.ping("hello", { signal });
    // @ts-expect-error a number for a message
    disque.ping(5);
    // @ts-expect-error options in place of the message
    disque.ping({ signal });
  },

  time() {
    expectType(disque.time()).is<Promise<ServerTime>>();
    disque.time({ signal });
    // @ts-expect-error a misspelt option
    disque.time({ commandtimeout: 5 });
  },

  command() {
    expectType(disque.command()).is<Promise<CommandInfo[]>>();
    disque.command({ signal });
    // @ts-expect-error the name of a command, which `commandInfo` takes
    disque.command("addjob");
  },

  commandCount() {
    expectType(disque.commandCount()).is<Promise<number>>();
    disque.commandCount({ signal });
    // @ts-expect-error a misspelt option
    disque.commandCount({ commandtimeout: 5 });
  },

  commandInfo() {
    expectType(disque.commandInfo("addjob", "getjob")).is<Promise<(CommandInfo | null)[]>>();
    disque.commandInfo();
    const names: CommandNames = [["addjob"], { signal }];
    disque.commandInfo(...names);
    // @ts-expect-error with options, the names must be in an array
    disque.commandInfo("addjob", { signal });
  },

  bgrewriteaof() {
    expectType(disque.bgrewriteaof()).is<Promise<string>>();
    disque.bgrewriteaof({ signal });
    // @ts-expect-error a misspelt option
    disque.bgrewriteaof({ commandtimeout: 5 });
  },

  shutdown() {
    expectType(disque.shutdown()).is<Promise<void>>();
    disque.shutdown({ rewriteAof: true, signal });
    // @ts-expect-error a misspelt option
    disque.shutdown({ rewriteAOF: true });
    // @ts-expect-error the server's own word
    disque.shutdown("REWRITE-AOF");
  },
};
