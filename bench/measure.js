// How contenders are timed against each other: in turn, round after round, so that whatever slows the machine down for a
// while slows all of them down, and by the median, which one disturbed round does not move.

import { performance } from "node:perf_hooks";

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {boolean} [ours]
 * @property {() => unknown} run Does the work once. What it returns is awaited if it is a promise.
 */

/**
 * @typedef {object} Options
 * @property {number} rounds How often each contender is timed.
 * @property {number} warmUp How often each does the same work before, so that all are compiled for it alike.
 */

/**
 * Runs all contenders in turn and gives, for each name, the milliseconds of each round.
 *
 * @param {readonly Contender[]} contenders
 * @param {Options} options
 * @returns {Promise<Map<string, number[]>>}
 */
export async function race(contenders, { rounds, warmUp }) {
  for (let round = 0; round < warmUp; round++) {
    for (const contender of inTurn(contenders, round)) await timed(contender);
  }
  /** @type {Map<string, number[]>} */
  const times = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of inTurn(contenders, round))
      times.get(contender.name)?.push(await timed(contender));
  }
  return times;
}

/**
 * Each round begins with another one, so that nobody always comes behind the same.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} round
 * @returns {Item[]}
 */
export function inTurn(items, round) {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/**
 * @param {readonly number[]} values
 * @returns {number}
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Removes the garbage that others left, for which whoever comes next would pay. */
export function collectGarbage() {
  globalThis.gc?.();
}

/** @param {Contender} contender */
async function timed({ run }) {
  collectGarbage();
  const start = performance.now();
  const result = run();
  // Only what is asynchronous waits for a turn of the event loop.
  if (result instanceof Promise) await result;
  return performance.now() - start;
}
