// Bundles what package.json exports: one ES module for each entry in `dist`, one CommonJS module in `dist/cjs`, and the code
// that entries share, so that an error has the same class in all of them. It replaces the JavaScript that `tsc` wrote there;
// the declarations stay.
//
//   node bundle.js            into dist
//   node bundle.js <folder>   into another folder of the project

import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, "dist"));
const { exports, bin = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** @type {(target: unknown) => string[]} */
const targets = (target) =>
  typeof target === "string" ? [target] : Object.values(target ?? {}).flatMap(targets);
/**
 * `dist/resp/index.js` is built from `src/resp/index.ts`.
 *
 * @param {unknown} part
 */
const namesIn = (part) =>
  targets(part).flatMap((path) => /^(?:\.\/)?dist\/(?!cjs\/)(.*)\.js$/.exec(path)?.[1] ?? []);

mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (/\.js(\.map)?$/.test(name)) rmSync(join(dist, name));
}

/** @type {(format: "esm" | "cjs", dir: string, names: readonly string[]) => import("rolldown").BuildOptions} */
const options = (format, dir, names) => ({
  cwd: root,
  input: Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])),
  platform: "node",
  output: {
    format,
    dir,
    sourcemap: true,
    sourcemapExcludeSources: true,
    minifyInternalExports: false,
    chunkFileNames: "[name].js",
  },
});
// The programs in `bin` are only built as ES modules, since they use top-level await.
await build([
  options("esm", dist, namesIn([exports, bin])),
  options("cjs", join(dist, "cjs"), namesIn(exports)),
]);
