import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export const MIB: number = 2 ** 20;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes that this process holds, on the heap and in buffers, once all garbage is collected. */
export async function held(): Promise<number> {
  // What the event that is being dealt with holds is let go of after it.
  await turn();
  // What only a finalizer frees, as the memory of buffers, goes with the second.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
