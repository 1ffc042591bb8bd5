// The commands on queues.

import type {
  Disque,
  Job,
  PauseOptions,
  PauseState,
  QscanOptions,
  QueuePage,
  QueueStat,
  Queues,
  Reply,
} from "disque";
import { type CommandOptions, type Equal, type Expect, expectType, type TestsOf } from "./expect.js";

declare const disque: Disque;
declare const signal: AbortSignal;

export type OptionsAre = [
  Expect<Equal<PauseOptions, CommandOptions<{ bcast: boolean }>>>,
  Expect<
    Equal<
      QscanOptions,
      CommandOptions<{
        count: number;
        busyloop: boolean;
        minlen: number;
        maxlen: number;
        importrate: number;
        node: string;
      }>
    >
  >,
  Expect<
    Equal<QueuePage, { readonly cursor: string; readonly node: string; readonly queues: readonly string[] }>
  >,
  Expect<Equal<PauseState, "none" | "in" | "out" | "all">>,
  Expect<
    Equal<
      QueueStat,
      {
        readonly name: string;
        readonly len: number;
        readonly age: number;
        readonly idle: number;
        readonly blocked: number;
        readonly importFrom: readonly string[];
        readonly importRate: number;
        readonly jobsIn: number;
        readonly jobsOut: number;
        readonly pause: PauseState;
        readonly others: Readonly<Record<string, Reply>>;
      }
    >
  >,
];

export const queues: TestsOf<Queues> = {
  qlen() {
    expectType(disque.qlen("q")).is<Promise<number>>();
    disque.qlen("q", { signal, commandTimeout: 5 });
    // @ts-expect-error several queues
    disque.qlen(["q"]);
    // @ts-expect-error a misspelt option
    disque.qlen("q", { commandtimeout: 5 });
  },

  qstat() {
    expectType(disque.qstat("q")).is<Promise<QueueStat | null>>();
    disque.qstat("q", { signal });
    // @ts-expect-error no queue
    disque.qstat();
    // @ts-expect-error a misspelt option
    disque.qstat("q", { commandtimeout: 5 });
  },

  qpeek() {
    expectType(disque.qpeek("q", -1)).is<Promise<Job[]>>();
    disque.qpeek("q", 5, { signal });
    // @ts-expect-error no count
    disque.qpeek("q");
    // @ts-expect-error a count among the options
    disque.qpeek("q", { count: 5 });
    // @ts-expect-error a misspelt option
    disque.qpeek("q", 5, { newest: true });
  },

  qscan() {
    expectType(disque.qscan("0")).is<Promise<QueuePage>>();
    disque.qscan("0", { count: 5, busyloop: true, minlen: 1, maxlen: 2, importrate: 3, node: "id", signal });
    disque.qscan(0);
    // @ts-expect-error a misspelt option
    disque.qscan("0", { minLen: 1 });
    // @ts-expect-error an option of jscan
    disque.qscan("0", { reply: "all" });
    // @ts-expect-error a text for a number
    disque.qscan("0", { importrate: "3" });
  },

  pause() {
    expectType(disque.pause("q", "state")).is<Promise<PauseState>>();
    expectType(disque.pause("q", "in", { bcast: true, signal })).is<Promise<PauseState>>();
    const state: PauseState = "none";
    disque.pause("q", state);
    // @ts-expect-error no state
    disque.pause("q");
    // @ts-expect-error an unknown state
    disque.pause("q", "paused");
    // @ts-expect-error a misspelt option
    disque.pause("q", "in", { broadcast: true });
    // @ts-expect-error a number for a flag
    disque.pause("q", "in", { bcast: 1 });
  },
};
