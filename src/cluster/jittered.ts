/** How much longer or shorter, of the time. */
const JITTER = 1 / 4;

/** About so many milliseconds, so that what many clients began together they do not go on doing together for ever. */
export function jittered(milliseconds: number, random: () => number = Math.random): number {
  return milliseconds * (1 + JITTER * (2 * random() - 1));
}
