// The output of the demo: a line for each event, and totals.

const COLORS = { added: 36, fetched: 34, failed: 31, retried: 33, acknowledged: 32 };

/** @typedef {keyof typeof COLORS} Event */

export function createLog() {
  const start = performance.now();
  /** @type {Record<Event, number>} */
  const totals = { added: 0, fetched: 0, failed: 0, retried: 0, acknowledged: 0 };

  /**
   * @param {string} who
   * @param {Event} event
   * @param {number} number
   */
  function log(who, event, number, note = "") {
    totals[event]++;
    const seconds = ((performance.now() - start) / 1000).toFixed(2).padStart(6);
    const job = `job ${number}`.padEnd(6);
    console.log(
      `${seconds} s  ${who.padEnd(8)}  ${paint(event, event.padEnd(12))}  ${job}  ${note}`.trimEnd(),
    );
  }

  /** @param {string} text */
  log.note = (text) => console.log(`          ${text}`);

  log.totals = () => {
    const parts = Object.entries(totals).map(([event, count]) => `${count} ${event}`);
    console.log(`\nTotals: ${parts.join(", ")}`);
  };
  return log;
}

/**
 * @param {Event} event
 * @param {string} text
 */
function paint(event, text) {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[${COLORS[event]}m${text}\x1b[0m` : text;
}
