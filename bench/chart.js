// A bar chart of the results for the README: how many times as good as the best peer ours is, row by row. It chooses its
// colours by what the reader's system prefers, and has no background, so it does on light and dark pages.

import { best, lead } from "./outcome.js";

/** What is shown, in words that need no explanation. */
const SHOWN = new Map([
  ["parse/ids", "parse job ids"],
  ["parse/getjob-100", "parse GETJOB replies"],
  ["parse/integers", "parse integers"],
  ["jobs/100", "GETJOB replies to jobs, read"],
  ["encode/addjob-100", "encode ADDJOB"],
  ["encode/ackjob-100", "encode ACKJOB of 100 ids"],
  ["socket/addjob-1024-cpu", "client CPU per addJob"],
  ["socket/addjob-1", "addJob, one at a time"],
  ["socket/addjob-1024", "addJob, 1,024 in flight"],
  ["socket/drain", "getJob and ackJob of 100"],
  ["cluster/addjob", "addJob on a cluster of three"],
]);

const WIDTH = 760;
const LABELS = 280;
const VALUES = 60;
const ROW = 40;
const BAR = 13;
const TOP = 48;

/**
 * @param {import("./results.js").Results} results
 * @returns {string} SVG
 */
export function chart({ rows }) {
  const bars = [...SHOWN].flatMap(([id, label]) => {
    const row = rows.find((each) => each.id === id);
    const peer = row && best(row.figures, row.better);
    return row && peer ? [{ label, peer: peer.name, lead: lead(row) }] : [];
  });
  const longest = Math.max(1, ...bars.map((bar) => bar.lead));
  const unit = (WIDTH - LABELS - VALUES) / longest;
  const height = TOP + bars.length * ROW + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>How many times as good as the best other client disque is</title>
<style>
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
  .small { font-size: 11px; fill: #57606a; }
  .heading { font-size: 14px; font-weight: 600; }
  .ours { fill: #0969da; }
  .peer { fill: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #9198a1; }
    .ours { fill: #4493f8; }
    .peer { fill: #59636e; }
  }
</style>
<text class="heading" x="8" y="24">disque against the best other client for Node (longer is better)</text>
${bars.map((bar, at) => drawn(bar, TOP + at * ROW, unit)).join("\n")}
</svg>
`;
}

/**
 * @param {{ label: string, peer: string, lead: number }} bar
 * @param {number} y
 * @param {number} unit How long a bar of 1 is.
 */
function drawn({ label, peer, lead: times }, y, unit) {
  return `<text x="${LABELS - 12}" y="${y + 11}" text-anchor="end">${label}</text>
<rect class="ours" x="${LABELS}" y="${y}" width="${(times * unit).toFixed(1)}" height="${BAR}" rx="2"/>
<text x="${(LABELS + times * unit + 6).toFixed(1)}" y="${y + 11}">${times.toFixed(times < 1 ? 2 : 1)} ×</text>
<rect class="peer" x="${LABELS}" y="${y + BAR + 2}" width="${unit.toFixed(1)}" height="${BAR - 3}" rx="2"/>
<text class="small" x="${LABELS - 12}" y="${y + BAR + 11}" text-anchor="end">${peer}</text>`;
}
