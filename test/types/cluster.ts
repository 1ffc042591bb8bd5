// `disque.cluster`.

import type { ClusterCommands, ClusterNode, Disque } from "disque";
import { type Equal, type Expect, expectType, type TestsOf } from "./expect.js";

declare const disque: Disque;
declare const signal: AbortSignal;

export type ShapesAre = [
  Expect<Equal<Disque["cluster"], ClusterCommands>>,
  Expect<
    Equal<
      ClusterNode,
      {
        readonly id: string;
        readonly host: string;
        readonly port: number;
        readonly flags: readonly string[];
        readonly pingSent: number;
        readonly pongReceived: number;
        readonly connected: boolean;
      }
    >
  >,
];

export const cluster: TestsOf<ClusterCommands> = {
  meet() {
    expectType(disque.cluster.meet("10.0.0.1", 7711)).is<Promise<void>>();
    disque.cluster.meet("10.0.0.1", 7711, { signal, commandTimeout: 5 });
    // @ts-expect-error no port
    disque.cluster.meet("10.0.0.1");
    // @ts-expect-error a text for a port
    disque.cluster.meet("10.0.0.1", "7711");
    // @ts-expect-error a misspelt option
    disque.cluster.meet("10.0.0.1", 7711, { commandtimeout: 5 });
  },

  nodes() {
    expectType(disque.cluster.nodes()).is<Promise<ClusterNode[]>>();
    disque.cluster.nodes({ signal });
    // @ts-expect-error a misspelt option
    disque.cluster.nodes({ commandtimeout: 5 });
  },

  myId() {
    expectType(disque.cluster.myId()).is<Promise<string>>();
    disque.cluster.myId({ signal });
    // @ts-expect-error a misspelt option
    disque.cluster.myId({ commandtimeout: 5 });
  },

  info() {
    expectType(disque.cluster.info()).is<Promise<Readonly<Record<string, string>>>>();
    disque.cluster.info({ signal });
    // @ts-expect-error a section, which `disque.info` takes
    disque.cluster.info("jobs");
  },

  saveConfig() {
    expectType(disque.cluster.saveConfig()).is<Promise<void>>();
    disque.cluster.saveConfig({ signal });
    // @ts-expect-error a misspelt option
    disque.cluster.saveConfig({ commandtimeout: 5 });
  },

  forget() {
    expectType(disque.cluster.forget("id")).is<Promise<void>>();
    disque.cluster.forget("id", { signal });
    // @ts-expect-error no id
    disque.cluster.forget();
    // @ts-expect-error a node for its id
    disque.cluster.forget({ id: "id" });
  },

  reset() {
    expectType(disque.cluster.reset()).is<Promise<void>>();
    disque.cluster.reset("hard", { signal });
    disque.cluster.reset(undefined, { signal });
    // @ts-expect-error an unknown mode
    disque.cluster.reset("HARD");
    // @ts-expect-error options in place of the mode
    disque.cluster.reset({ signal });
  },

  leaving() {
    expectType(disque.cluster.leaving()).is<Promise<boolean>>();
    disque.cluster.leaving(true, { signal });
    // @ts-expect-error the server's own word
    disque.cluster.leaving("yes");
    // @ts-expect-error options in place of the flag
    disque.cluster.leaving({ signal });
  },
};
