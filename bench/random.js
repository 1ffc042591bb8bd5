// Random numbers that are the same in every run, so that every run measures the same bytes.

/**
 * A generator of integers from 0 to `below` - 1 (xorshift32).
 *
 * @param {number} seed Not 0.
 * @returns {(below: number) => number}
 */
export function seeded(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * An id as a server makes them: that of an at-least-once job.
 *
 * @param {(below: number) => number} random
 * @returns {string}
 */
export function jobId(random) {
  let unique = "";
  for (let at = 0; at < 24; at++) unique += ID_CHARACTERS[random(ID_CHARACTERS.length)];
  return flat(`D-dcb833cf-${unique}-05a1`);
}

/**
 * The same text as V8 keeps one that was read from a socket: what is put together character by character stays a tree of so
 * many parts, which no program's ids are.
 *
 * @param {string} text
 */
export function flat(text) {
  return Buffer.from(text).toString("latin1");
}
