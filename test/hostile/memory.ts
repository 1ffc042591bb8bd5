import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export const MIB: number = 2 ** 20;

/** Bytes by which two measurements of the same heap may differ. */
const SETTLED = 64 * 1_024;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes held by this process, on the heap and in buffers, after garbage collection. */
export async function held(): Promise<number> {
  for (let last = Number.POSITIVE_INFINITY; ; ) {
    // Sockets being closed and the current event release memory in later turns.
    for (let turns = 0; turns < 5; turns++) await turn();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const bytes = heapUsed + arrayBuffers;
    if (last - bytes < SETTLED) return bytes;
    last = bytes;
  }
}
