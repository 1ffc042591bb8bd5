// Measures the memory and resources that a process holds. Needs `--expose-gc`.

import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { queryObjects } from "node:v8";
import type { Disque } from "../../src/index.ts";

export interface Footprint {
  /** Bytes used by the heap and by external memory of heap objects. */
  readonly bytes: number;
  /** The number of objects of any kind. Bytes alone vary with compiled code. */
  readonly objects: number;
  /** The number of resources of each kind that must be closed. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Unreferenced timers are not active resources, but they are objects. */
const Timeout = classOf(setTimeout(() => {}, 0));

/** Pauses, and milliseconds for each, in which sockets close and microtasks finish. */
const PAUSES = 3;
const PAUSE = 10;

export async function footprint(clients: readonly Disque[], signal: AbortSignal): Promise<Footprint> {
  for (let pause = 0; pause < PAUSES; pause++) {
    collectGarbage();
    await sleep(PAUSE);
  }
  const kinds: Record<string, number> = {};
  const count = (name: string, by: number): void => {
    kinds[name] = (kinds[name] ?? 0) + by;
  };
  for (const name of process.getActiveResourcesInfo()) count(`active ${name}`, 1);
  count("listeners on the signal", getEventListeners(signal, "abort").length);
  for (const client of clients) count("listeners on clients", listenersOn(client));
  count("listeners on the process", listenersOn(process));
  // Both calls collect all garbage first.
  count("timers", queryObjects(Timeout, { format: "count" }));
  const objects = queryObjects(Object, { format: "count" });
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: heapUsed + external, objects, kinds };
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("to be run with --expose-gc");
  globalThis.gc();
}

function listenersOn(emitter: NodeJS.EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

function classOf(object: object): Parameters<typeof queryObjects>[0] {
  return object.constructor;
}
