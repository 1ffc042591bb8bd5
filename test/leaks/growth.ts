import type { Footprint } from "./footprint.ts";

/** The report of a process that has run a scenario. */
export interface Report {
  /** How many iterations were run in all, and in the second half. */
  readonly done: number;
  readonly inSecondHalf: number;
  /** Before there was a client, and after all were closed. */
  readonly before: Footprint;
  readonly after: Footprint;
  /** After each part of the scenario. */
  readonly during: readonly Footprint[];
}

/** Objects and bytes that come and go in any case: compiled code, lists that Node keeps. */
const LOOSE_OBJECTS = 50;
const LOOSE_BYTES = 512 * 1024;
/** An unreachable node is retried in the background, so the timers of 20 clients come and go. */
const LOOSE_TIMERS = 20;
/** The growth allowed for this many iterations that keep nothing. */
const ITERATIONS_PER_OBJECT = 1_000;
const BYTES_PER_ITERATION = 1;

/**
 * The growth of a process from the middle to the end, and from the start until its clients are closed: none, if nothing leaks.
 * The first half is not counted, since some things are created once: connections, compiled code.
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
