// `disque.config`.

import type { ConfigCommands, Disque } from "disque";
import { type Equal, type Expect, expectType, type TestsOf } from "./expect.js";

declare const disque: Disque;
declare const signal: AbortSignal;

export type ShapesAre = [Expect<Equal<Disque["config"], ConfigCommands>>];

export const config: TestsOf<ConfigCommands> = {
  get() {
    expectType(disque.config.get("max*")).is<Promise<Readonly<Record<string, string>>>>();
    disque.config.get("max*", { signal, commandTimeout: 5 });
    // @ts-expect-error no pattern
    disque.config.get();
    // @ts-expect-error a regular expression
    disque.config.get(/max/);
  },

  set() {
    expectType(disque.config.set("maxmemory", 0)).is<Promise<void>>();
    disque.config.set("maxmemory", "1gb", { signal });
    // @ts-expect-error no value
    disque.config.set("maxmemory");
    // @ts-expect-error a flag, which the server writes "yes" or "no"
    disque.config.set("appendonly", true);
    // @ts-expect-error a misspelt option
    disque.config.set("maxmemory", 0, { commandtimeout: 5 });
  },

  resetStat() {
    expectType(disque.config.resetStat()).is<Promise<void>>();
    disque.config.resetStat({ signal });
    // @ts-expect-error a misspelt option
    disque.config.resetStat({ commandtimeout: 5 });
  },

  rewrite() {
    expectType(disque.config.rewrite()).is<Promise<void>>();
    disque.config.rewrite({ signal });
    // @ts-expect-error a misspelt option
    disque.config.rewrite({ commandtimeout: 5 });
  },
};
