// What shows that the checker would notice: a record that is not what happened.

import type { Recorder } from "./history.ts";

/**
 * - `lose`: one job that was acknowledged as added is swallowed by whoever gets it: that it came is not recorded.
 * - `invent`: with the first job another one seems to come, which nobody ever tried to add.
 */
export type Sabotage = "lose" | "invent";

export const SABOTAGES: readonly Sabotage[] = ["lose", "invent"];

export function sabotaged(sabotage: Sabotage | undefined, record: Recorder): Recorder {
  if (sabotage === undefined) return record;
  return sabotage === "lose" ? losing(record) : inventing(record);
}

function losing(record: Recorder): Recorder {
  const received: Set<string> = new Set();
  let victim: string | undefined;
  return (event) => {
    if (event.event === "added" && !received.has(event.body)) victim ??= event.body;
    if (event.event === "received") received.add(event.body);
    if (event.event !== "received" || event.body !== victim) record(event);
  };
}

function inventing(record: Recorder): Recorder {
  let done = false;
  return (event) => {
    record(event);
    if (event.event !== "received" || done) return;
    done = true;
    record({ ...event, body: "invented" });
  };
}
