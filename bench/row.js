// A row of the bench, and its result.

/**
 * @typedef {object} Row
 * @property {string} id
 * @property {string} work a description of the work, for readers
 * @property {Record<string, { unit: string, better?: "more" }>} figures what is measured; lower is better, unless `better` is
 * "more"
 * @property {Record<string, (setting: Setting) => Promise<Round>>} contenders by name; those whose names begin with "disque"
 * are this package. Each contender runs in a process of its own.
 * @property {Bar[]} [bars]
 * @property {number} [nodes] how many nodes of Disque the row needs
 * @property {boolean} [redis] whether some contenders need a redis-server
 * @property {{ count: number, length: number }} [fill] jobs that are added before each round, and the length of their bodies
 * @property {number} [rounds] the maximum number of rounds
 * @property {number} [warmUp] the number of rounds that run first and do not count; default 2
 * @property {boolean} [fresh] whether each round needs a new process
 */

/** @typedef {() => Promise<Record<string, number>> | Record<string, number>} Round one round; returns the figures by name */

/**
 * @typedef {object} Setting
 * @property {number[]} ports the ports of the nodes of Disque
 * @property {number} redis the port of the redis-server
 * @property {number} scale a factor for the number of calls: 1, or less with --quick
 */

/**
 * A target for a figure of this package. The results say whether it was met.
 *
 * @typedef {object} Bar
 * @property {string} figure
 * @property {string} [of] the peer to compare with, or "the best peer". Without `of`, the figure itself is compared with the
 * limits.
 * @property {string} [ours] the contender that the bar applies to; default "disque"
 * @property {number} [most] the maximum ratio to the peer, or the maximum figure
 * @property {number} [least] the minimum ratio to the peer, or the minimum figure
 */

/** @typedef {{ value: number, low: number, high: number }} Measured the median and range of all rounds */

/**
 * @typedef {object} Result
 * @property {string} id
 * @property {string} work
 * @property {Row["figures"]} figures
 * @property {Record<string, Record<string, Measured>>} contenders figures by the name of a contender
 * @property {{ text: string, found: number, met: boolean }[]} bars
 * @property {string} note
 */

const BEST = "the best peer";

/**
 * @param {Row} row
 * @param {Map<string, Record<string, number>[]>} rounds by contender
 * @returns {Result}
 */
export function resultOf({ id, work, figures, bars = [] }, rounds) {
  /** @type {Result["contenders"]} */
  const contenders = {};
  for (const [name, all] of rounds) {
    contenders[name] = {};
    for (const figure of Object.keys(figures)) {
      const values = all.flatMap((round) => round[figure] ?? []).sort((a, b) => a - b);
      const [low, high] = [values[0], values.at(-1)];
      if (low === undefined || high === undefined) continue;
      contenders[name][figure] = { value: median(values), low, high };
    }
  }
  const note = `${Math.max(...[...rounds.values()].map(({ length }) => length))} rounds.`;
  const result = { id, work, figures, contenders, bars: [], note };
  return { ...result, bars: bars.flatMap((bar) => judged(result, bar)) };
}

/** @param {readonly number[]} sorted */
function median(sorted) {
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/**
 * @param {Result} result
 * @param {string} figure
 * @returns {string | undefined} The name of the best contender that is not ours.
 */
export function bestPeer({ contenders, figures }, figure) {
  const sign = figures[figure]?.better === "more" ? -1 : 1;
  const peers = Object.entries(contenders).filter(([name]) => !/^(disque|raw socket)/.test(name));
  const values = peers.flatMap(([name, found]) =>
    found[figure] ? [{ name, value: found[figure].value }] : [],
  );
  return values.sort((a, b) => sign * (a.value - b.value))[0]?.name;
}

/**
 * @param {Result} result
 * @param {Bar} bar
 */
function judged(
  result,
  { figure, of, ours = "disque", most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY },
) {
  const peer = of === BEST ? bestPeer(result, figure) : of;
  const own = result.contenders[ours]?.[figure]?.value;
  const theirs = peer === undefined ? undefined : result.contenders[peer]?.[figure]?.value;
  if (own === undefined || (of !== undefined && theirs === undefined)) return [];
  const found = theirs === undefined ? own : own / theirs;
  const limit = most === Number.POSITIVE_INFINITY ? `at least ${least}` : `at most ${most}`;
  const unit = of === undefined ? result.figures[figure]?.unit : `× ${of}${of === BEST ? ` (${peer})` : ""}`;
  const subject = ours === "disque" ? figure : `${figure} of ${ours}`;
  return [{ text: `${subject}: ${limit} ${unit}`, found, met: found <= most && found >= least }];
}
