import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export const MIB: number = 2 ** 20;

/** What two looks at the same heap may differ by. */
const SETTLED = 64 * 1_024;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes that this process holds, on the heap and in buffers, once all garbage is collected. */
export async function held(): Promise<number> {
  for (let last = Number.POSITIVE_INFINITY; ; ) {
    // What is being closed, and the event that is being dealt with, lets go of things in the turns after.
    for (let turns = 0; turns < 5; turns++) await turn();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const bytes = heapUsed + arrayBuffers;
    if (last - bytes < SETTLED) return bytes;
    last = bytes;
  }
}
