// A separate process: a client reads one hostile reply and measures its cost.

import { readFileSync } from "node:fs";
import { Disque, type DisqueOptions } from "../../../src/index.ts";
import { WORST_CASES } from "./replies.ts";

/** The cost of one reply. */
export interface Cost {
  /** Milliseconds: the longest turn of the event loop. */
  readonly stall: number;
  /** Bytes: the maximum growth of the process. */
  readonly memory: number;
  /** How the call ended: "value", or the message of its error. */
  readonly outcome: string;
}

/**
 * The CPU time of this thread in milliseconds: on Linux it excludes time in which other processes ran, so that figures of a
 * busy machine are comparable.
 */
function threadTime(): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    return performance.now();
  }
}

async function measure(name: string, address: string, options: DisqueOptions): Promise<Cost> {
  const worst = WORST_CASES.find((each) => each.name === name);
  if (worst === undefined) throw new Error(`there is no worst case "${name}"`);
  const disque = new Disque(address, {
    failoverTimeout: 0,
    commandTimeout: 120_000,
    refreshInterval: 600_000,
    connectTimeout: 120_000,
    ...options,
  });
  if (worst.command !== "HELLO") await disque.connect();
  const before = process.memoryUsage.rss();
  // Not `maxRSS`, which starts with the value of the parent process.
  let peak = before;
  let stall = 0;
  let last = threadTime();
  const look = (): void => {
    const time = threadTime();
    stall = Math.max(stall, time - last);
    peak = Math.max(peak, process.memoryUsage.rss());
    last = time;
    turn = setImmediate(look);
  };
  let turn = setImmediate(look);
  const outcome = await worst.call(disque).then(
    () => "value",
    (error: unknown) => String(error),
  );
  // The turn in which the reply is decoded is only counted after it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  clearImmediate(turn);
  disque.destroy();
  return { stall: Math.round(stall), memory: Math.max(0, peak - before), outcome: outcome.slice(0, 200) };
}

const [name = "", address = "", options = "{}"] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await measure(name, address, JSON.parse(options))));
