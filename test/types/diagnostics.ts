// SLOWLOG and LATENCY.

import type { Diagnostics, Disque, LatencyEvent, LatencyEvents, LatencySample, SlowlogEntry } from "disque";
import { type Equal, type Expect, expectType, type TestsOf } from "./expect.js";

declare const disque: Disque;
declare const signal: AbortSignal;

export type ShapesAre = [
  Expect<
    Equal<
      SlowlogEntry,
      {
        readonly id: number;
        readonly time: number;
        readonly duration: number;
        readonly args: readonly Buffer[];
      }
    >
  >,
  Expect<Equal<LatencySample, { readonly time: number; readonly latency: number }>>,
  Expect<
    Equal<
      LatencyEvent,
      { readonly event: string; readonly time: number; readonly latency: number; readonly max: number }
    >
  >,
];

export const diagnostics: TestsOf<Diagnostics> = {
  slowlogGet() {
    expectType(disque.slowlogGet()).is<Promise<SlowlogEntry[]>>();
    disque.slowlogGet(5, { signal });
    disque.slowlogGet(undefined, { commandTimeout: 5 });
    // @ts-expect-error a count among the options
    disque.slowlogGet({ count: 5 });
    // @ts-expect-error a misspelt option
    disque.slowlogGet(5, { commandtimeout: 5 });
  },

  slowlogLen() {
    expectType(disque.slowlogLen()).is<Promise<number>>();
    disque.slowlogLen({ signal });
    // @ts-expect-error a misspelt option
    disque.slowlogLen({ commandtimeout: 5 });
  },

  slowlogReset() {
    expectType(disque.slowlogReset()).is<Promise<void>>();
    disque.slowlogReset({ signal });
    // @ts-expect-error a misspelt option
    disque.slowlogReset({ commandtimeout: 5 });
  },

  latencyHistory() {
    expectType(disque.latencyHistory("command")).is<Promise<LatencySample[]>>();
    disque.latencyHistory("command", { signal });
    // @ts-expect-error no event
    disque.latencyHistory();
    // @ts-expect-error several events
    disque.latencyHistory("command", "fork");
  },

  latencyGraph() {
    expectType(disque.latencyGraph("command")).is<Promise<string>>();
    disque.latencyGraph("command", { signal });
    // @ts-expect-error no event
    disque.latencyGraph();
  },

  latencyLatest() {
    expectType(disque.latencyLatest()).is<Promise<LatencyEvent[]>>();
    disque.latencyLatest({ signal });
    // @ts-expect-error an event
    disque.latencyLatest("command");
  },

  latencyDoctor() {
    expectType(disque.latencyDoctor()).is<Promise<string>>();
    disque.latencyDoctor({ signal });
    // @ts-expect-error a misspelt option
    disque.latencyDoctor({ commandtimeout: 5 });
  },

  latencyReset() {
    expectType(disque.latencyReset()).is<Promise<number>>();
    disque.latencyReset("command", "fork");
    const events: LatencyEvents = [["command"], { signal }];
    disque.latencyReset(...events);
    // @ts-expect-error with options, the events must be in an array
    disque.latencyReset("command", { signal });
  },
};
