// Draws the chart for the README. It follows the reader's colour scheme and has no background, so it fits light and dark pages.

/** @typedef {{ row: string, figure: string, title: string, names: string[] }} Panel */

const CLIENTS = ["disque", "ioredis", "node-redis", "thunk-disque"];
const QUEUES = ["disque", "BullMQ", "bee-queue"];

/** @type {Panel[]} */
const PANELS = [
  {
    row: "addjob/1024",
    figure: "cpu",
    title: "client CPU, µs for each job added (shorter is better)",
    names: CLIENTS,
  },
  {
    row: "getjob/100",
    figure: "cpu",
    title: "client CPU, µs for each job fetched and acknowledged (shorter is better)",
    names: CLIENTS,
  },
  {
    row: "work/100",
    figure: "cpu",
    title: "worker CPU, µs for each job, concurrency 100 (shorter is better)",
    names: QUEUES,
  },
  {
    row: "work/100",
    figure: "rate",
    title: "jobs a second through a worker, concurrency 100 (longer is better)",
    names: QUEUES,
  },
  {
    row: "work/1",
    figure: "rate",
    title: "jobs a second through a worker, concurrency 1 (longer is better)",
    names: QUEUES,
  },
  {
    row: "latency/cluster-10",
    figure: "p50",
    title: "ms from addJob to the handler across three nodes (median)",
    names: ["disque"],
  },
];

// Sizes in pixels.
const WIDTH = 720;
const LABEL_WIDTH = 130;
const VALUE_WIDTH = 80;
const BAR_HEIGHT = 16;

/** @returns SVG */
export function chart(results) {
  let y = 8;
  const parts = PANELS.flatMap(({ row, figure, title, names }) => {
    const { contenders = {} } = results.find(({ id }) => id === row) ?? {};
    const bars = names.flatMap((name) => {
      const value = contenders[name]?.[figure]?.value;
      return value === undefined ? [] : [{ name, value }];
    });
    if (bars.length === 0) return [];
    const longest = Math.max(...bars.map(({ value }) => value));
    y += 22;
    const lines = [`<text class="title" x="8" y="${y}">${title}</text>`];
    y += 10;
    for (const { name, value } of bars) {
      const width = Math.max(1, (value / longest) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH));
      const number =
        value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value < 10 ? 2 : 1);
      lines.push(
        `<text x="${LABEL_WIDTH - 10}" y="${y + 12}" text-anchor="end">${name}</text>`,
        `<rect class="${name === "disque" ? "ours" : "peer"}" x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT - 3}" rx="2"/>`,
        `<text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${y + 12}">${number}</text>`,
      );
      y += BAR_HEIGHT + 2;
    }
    return lines;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 8}" viewBox="0 0 ${WIDTH} ${y + 8}" role="img">
<title>disque beside other clients and job queues</title>
<style>
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .ours { fill: #0969da; }
  .peer { fill: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .ours { fill: #4493f8; }
    .peer { fill: #59636e; }
  }
</style>
${parts.join("\n")}
</svg>
`;
}
