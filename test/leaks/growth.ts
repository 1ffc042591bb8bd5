import type { Footprint } from "./footprint.ts";

/** What a process says of itself that has gone through a scenario. */
export interface Report {
  /** How often its thing was done in all, and after the middle. */
  readonly done: number;
  readonly inSecondHalf: number;
  /** Before there was a client, and after all were closed. */
  readonly before: Footprint;
  readonly after: Footprint;
  /** After each part of it. */
  readonly during: readonly Footprint[];
}

/** Objects and bytes that come and go whatever is done: code that is compiled, lists that Node keeps of its own. */
const LOOSE_OBJECTS = 50;
const LOOSE_BYTES = 512 * 1024;
/** A node that cannot be reached is tried again in the background: the timer of each of 20 clients comes and goes. */
const LOOSE_TIMERS = 20;
/** What may come with so many iterations, of which none keeps anything. */
const ITERATIONS_PER_OBJECT = 1_000;
const BYTES_PER_ITERATION = 1;

/**
 * What a process holds more in the end than in the middle, or after its clients were closed than before: nothing, if
 * all is well. The first half is for what is made once: connections, compiled code.
 */
export function growth({ inSecondHalf, before, after, during }: Report): string[] {
  const middle = during[during.length / 2 - 1];
  const end = during.at(-1);
  if (middle === undefined || end === undefined) throw new Error("what is held was not looked at");
  const objects = end.objects - middle.objects;
  const bytes = end.bytes - middle.bytes;
  const more = moreOfKinds(middle, end, LOOSE_TIMERS);
  if (objects > LOOSE_OBJECTS + inSecondHalf / ITERATIONS_PER_OBJECT) more.push(`${objects} more objects`);
  if (bytes > LOOSE_BYTES + inSecondHalf * BYTES_PER_ITERATION) more.push(`${bytes} more bytes`);
  return [
    ...more.map((each) => `after the second half: ${each}`),
    ...moreOfKinds(before, after).map((each) => `after closing: ${each}`),
  ];
}

function moreOfKinds(before: Footprint, after: Footprint, looseTimers = 0): string[] {
  return Object.entries(after.kinds).flatMap(([name, count]) => {
    const more = count - (before.kinds[name] ?? 0);
    return more > (name === "timers" ? looseTimers : 0) ? [`${more} more ${name}`] : [];
  });
}
