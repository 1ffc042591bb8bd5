// What a process holds at a moment. It needs `--expose-gc`.

import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { queryObjects } from "node:v8";
import type { Disque } from "../../src/index.ts";

export interface Footprint {
  /** Bytes in use on the heap, and outside of it for objects of the heap. */
  readonly bytes: number;
  /** How many objects there are, of whatever kind: bytes are more or fewer with the code that is compiled as well. */
  readonly objects: number;
  /** How many there are of each kind of what somebody has to end. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Timers that keep no process alive are not among its active resources, but among its objects. */
const Timeout = classOf(setTimeout(() => {}, 0));

/** What is about to end has so many times so many milliseconds for that: sockets that close, microtasks. */
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
  // Both collect all garbage first.
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
