// What it takes to load the package: milliseconds in a fresh process, and bytes of JavaScript.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { inTurn } from "../measure.js";
import { figure } from "../outcome.js";

const MOST_MILLISECONDS = 10;
const MOST_BYTES = 60_000;
const entry = new URL("../../dist/index.js", import.meta.url);

/** Peers are for information: no bar speaks of them. */
const modules = [
  { name: "disque", ours: true, specifier: entry.href },
  { name: "ioredis", specifier: import.meta.resolve("ioredis") },
  { name: "iovalkey", specifier: import.meta.resolve("iovalkey") },
  { name: "node-redis", specifier: import.meta.resolve("redis") },
  { name: "thunk-disque", specifier: import.meta.resolve("thunk-disque") },
  { name: "node:net and node:tls alone", peer: false, specifier: "net-and-tls" },
];

/** @type {import("./index.js").Row[]} */
export const importRows = [
  { id: "import/time", run: time },
  { id: "import/bytes", run: bytes },
];

/**
 * @param {import("./index.js").RowOptions} options
 * @returns {Promise<import("../outcome.js").Outcome[]>}
 */
async function time({ rounds }) {
  /** @type {Map<string, number[]>} */
  const times = new Map(modules.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds * 2; round++) {
    for (const { name, specifier } of inTurn(modules, round)) times.get(name)?.push(timeToImport(specifier));
  }
  const figures = modules.map((each) => figure(each, times.get(each.name) ?? []));
  const found = figures[0]?.value ?? Number.NaN;
  return [
    {
      id: "import/time",
      work: 'import("disque") in a fresh process',
      unit: "ms",
      better: "less",
      figures,
      bars: [{ text: `at most ${MOST_MILLISECONDS} ms`, found, met: found <= MOST_MILLISECONDS }],
      notes: ["Around the import alone, in a process whose module loader has loaded something before."],
    },
  ];
}

/** @returns {Promise<import("../outcome.js").Outcome[]>} */
async function bytes() {
  const files = reached(entry);
  const sum = [...files.values()].reduce((total, { length }) => total + length, 0);
  return [
    {
      id: "import/bytes",
      work: 'JavaScript that import("disque") loads',
      unit: "bytes",
      better: "less",
      figures: [figure({ name: "disque", ours: true }, [sum])],
      bars: [{ text: `at most ${MOST_BYTES / 1000} KB`, found: sum / 1000, met: sum <= MOST_BYTES }],
      notes: [`${files.size} files, with their comments.`],
    },
  ];
}

/**
 * @param {string} specifier
 * @returns {number}
 */
function timeToImport(specifier) {
  const what =
    specifier === "net-and-tls"
      ? 'Promise.all([import("node:net"), import("node:tls")])'
      : `import(${JSON.stringify(specifier)})`;
  const script = `await import("data:text/javascript,");
    const start = performance.now();
    await ${what};
    console.log(performance.now() - start);
    process.exit();`;
  return Number(
    execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" }),
  );
}

/**
 * All files that a module imports, and those that these do; not what it may import later, by `import()`.
 *
 * @param {URL} url
 * @param {Map<string, Buffer>} [seen]
 * @returns {Map<string, Buffer>}
 */
function reached(url, seen = new Map()) {
  if (seen.has(url.href)) return seen;
  const content = readFileSync(url);
  seen.set(url.href, content);
  for (const [, path = ""] of content.toString().matchAll(/^(?:import|export)\b[^"']*["'](\.[^"']+)["']/gm)) {
    reached(new URL(path, url), seen);
  }
  return seen;
}
