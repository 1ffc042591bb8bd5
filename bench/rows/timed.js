// A row that needs nothing but a processor: something is done again and again, and timed.

import { aheadOfBest, figure } from "../outcome.js";
import { Stage } from "../stage.js";

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {boolean} [ours]
 */

/**
 * @typedef {object} Task
 * @property {() => void} run
 * @property {number} count How many of the row's things one run takes care of.
 */

/**
 * @typedef {object} Timed
 * @property {string} id
 * @property {string} work
 * @property {string} noun What one of the things is.
 * @property {number} bar How many times as fast as the best peer ours must be.
 * @property {readonly Contender[]} contenders
 * @property {(name: string, quick: boolean) => Task} prepare What a contender does, after a check that it does it right.
 * @property {string[]} [notes]
 */

/**
 * @param {Timed} row
 * @returns {import("./index.js").Row}
 */
export function timed({ id, work, noun, bar, contenders, prepare, notes = [] }) {
  return {
    id,
    prepare,
    async run({ rounds, quick }) {
      const names = contenders.map(({ name }) => name);
      const stage = await Stage.set("solo.js", names, { id, quick });
      const times = await stage.play({}, { rounds, warmUp: 1 });
      await stage.end();
      const figures = contenders.map((each) => figure(each, times.get(each.name) ?? []));
      const outcome = {
        id,
        work,
        unit: `ns a ${noun}`,
        better: /** @type {const} */ ("less"),
        figures,
        notes,
      };
      return [{ ...outcome, bars: [aheadOfBest(outcome, bar)] }];
    },
  };
}
