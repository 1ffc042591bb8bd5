// A clock that stands still until a test moves it. The package takes Node's timers and its monotonic clock when it is imported, so
// this module must be imported before it: import "../support/fake-clock.ts" as the first line.

import { syncBuiltinESMExports } from "node:module";
import { performance } from "node:perf_hooks";
import { mock } from "node:test";

const clock = { now: 1_000_000 };

mock.timers.enable({ apis: ["setTimeout"] });
mock.method(performance, "now", () => clock.now);
syncBuiltinESMExports();

/** Lets this many milliseconds pass. */
export function pass(milliseconds: number): void {
  clock.now += milliseconds;
  mock.timers.tick(milliseconds);
}
