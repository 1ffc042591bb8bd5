// How long a program takes to import each package.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

function importing(specifier) {
  // The first import in a process is slower than others, so it is not timed. Clients that connect on import would keep the
  // process alive.
  const program = `await import("data:text/javascript,");
    const start = performance.now();
    await import(${JSON.stringify(specifier)});
    console.log(performance.now() - start);
    process.exit();`;
  const time = () =>
    Number(execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" }));
  return async () => () => ({ time: Math.min(time(), time(), time()) });
}

/** @type {import("../row.js").Row[]} */
export const startRows = [
  {
    id: "import",
    work: "`import` in a new process, of what is published",
    figures: { time: { unit: "ms" } },
    warmUp: 1,
    contenders: {
      disque: async () => {
        execFileSync(process.execPath, [path("bundle/bundle.js"), path("build/import")]);
        return importing(path("build/import/index.js"))();
      },
      ioredis: importing(import.meta.resolve("ioredis")),
      "node-redis": importing(import.meta.resolve("redis")),
      "thunk-disque": importing(import.meta.resolve("thunk-disque")),
      BullMQ: importing(import.meta.resolve("bullmq")),
      "bee-queue": importing(import.meta.resolve("bee-queue")),
    },
    bars: [{ figure: "time", of: "ioredis", most: 0.5 }],
  },
];
