// What it takes to load the package as it is published: milliseconds in a fresh process, and bytes of JavaScript.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inTurn } from "../measure.js";
import { figure } from "../outcome.js";

const MOST_MILLISECONDS = 10;
const MOST_BYTES = 60_000;

/** Peers are for information: no bar speaks of them. */
const others = [
  { name: "ioredis", specifier: import.meta.resolve("ioredis") },
  { name: "iovalkey", specifier: import.meta.resolve("iovalkey") },
  { name: "node-redis", specifier: import.meta.resolve("redis") },
  { name: "thunk-disque", specifier: import.meta.resolve("thunk-disque") },
  { name: "node:net and node:tls alone", peer: false, specifier: "net-and-tls" },
];

/** @type {import("./index.js").Row[]} */
export const importRows = [
  { id: "import/time", run: (options) => published((folder) => time(folder, options)) },
  { id: "import/bytes", run: () => published(bytes) },
];

/**
 * Has the package bundled as for npm, in a folder that is there for as long as it is measured.
 *
 * @param {(folder: string) => import("../outcome.js").Outcome[]} measure
 * @returns {Promise<import("../outcome.js").Outcome[]>}
 */
async function published(measure) {
  const folder = mkdtempSync(join(tmpdir(), "disque-import-"));
  try {
    const program = fileURLToPath(new URL("../../bundle/bundle.js", import.meta.url));
    execFileSync(process.execPath, [program, folder]);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "empty.js"), "");
    return measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {import("./index.js").RowOptions} options
 * @returns {import("../outcome.js").Outcome[]}
 */
function time(folder, { rounds }) {
  const ours = { name: "disque", ours: true, specifier: pathToFileURL(join(folder, "index.js")).href };
  const modules = [ours, ...others];
  /** @type {Map<string, number[]>} */
  const times = new Map(modules.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds * 2; round++) {
    for (const { name, specifier } of inTurn(modules, round)) {
      times.get(name)?.push(timeToImport(specifier, pathToFileURL(join(folder, "empty.js")).href));
    }
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
      notes: [
        "As it is published. Around the import alone, in a process that has loaded a file before, as every program has.",
      ],
    },
  ];
}

/**
 * @param {string} folder
 * @returns {import("../outcome.js").Outcome[]}
 */
function bytes(folder) {
  const files = reached(pathToFileURL(join(folder, "index.js")));
  const sum = [...files.values()].reduce((total, { length }) => total + length, 0);
  const later = readFileSync(join(folder, "connection.js")).length;
  return [
    {
      id: "import/bytes",
      work: 'JavaScript that import("disque") loads',
      unit: "bytes",
      better: "less",
      figures: [figure({ name: "disque", ours: true }, [sum])],
      bars: [{ text: `at most ${MOST_BYTES / 1000} KB`, found: sum / 1000, met: sum <= MOST_BYTES }],
      notes: [
        `As it is published, in ${files.size} files. The first client that is made loads ${later} bytes more.`,
      ],
    },
  ];
}

/**
 * @param {string} specifier
 * @param {string} before an empty file, which is loaded first
 * @returns {number}
 */
function timeToImport(specifier, before) {
  const what =
    specifier === "net-and-tls"
      ? 'Promise.all([import("node:net"), import("node:tls")])'
      : `import(${JSON.stringify(specifier)})`;
  const script = `await import(${JSON.stringify(before)});
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
  for (const [, path = ""] of content.toString().matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g)) {
    reached(new URL(path, url), seen);
  }
  return seen;
}
