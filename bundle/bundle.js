// Makes the JavaScript that is published: few files and small ones, since a program that starts waits for each file and for
// each kilobyte. It takes the place of what `tsc` made of the same sources; the declarations stay.
//
//   node bundle.js            in ../dist
//   node bundle.js <folder>   elsewhere

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { minify } from "terser";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, "dist"));

/** What `exports` in package.json names, and what it is made of. */
const ENTRIES = {
  index: "src/index.ts",
  "resp/index": "bundle/resp.js",
  "testing/index": "src/testing/index.ts",
};

/**
 * What of `src/resp` is needed as soon as "disque" is imported. The rest waits for the first client: see
 * src/cluster/load-connection.ts. Both entries have the one file, so that an error is of the same class in both.
 */
const SHARED = /\0loaded\/|\/src\/resp\/(ascii|endpoint|errors|index|max-delay|sleep|view)\.ts$/;
const CONNECTION = /\/src\/resp\//;

/**
 * What is imported of those of Node's modules that each process has loaded anyway, or nearly so. `import` takes half a
 * millisecond for each of them, to ask for it a quarter of that.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const LOADED = { "node:events": ["EventEmitter", "setMaxListeners"], "node:util/types": ["isUint8Array"] };
const PREFIX = "\0loaded/";

/** @type {import("rolldown").Plugin} */
const loaded = {
  name: "loaded",
  // "disque/testing" shares no file with the others.
  resolveId: (id, importer) =>
    id in LOADED && !importer?.includes("/src/testing/") ? `${PREFIX}${id}` : undefined,
  load: (id) => {
    const name = id.replace(PREFIX, "");
    return (
      LOADED[name] && `export const { ${LOADED[name].join(", ")} } = process.getBuiltinModule("${name}");`
    );
  },
};

/** Characters. Where there are no source maps, Node shows the whole line that an uncaught error was thrown in. */
const LINE = 300;

const bundle = await rolldown({
  cwd: root,
  input: ENTRIES,
  platform: "node",
  preserveEntrySignatures: "allow-extension",
  plugins: [loaded],
});
const { output } = await bundle.generate({
  dir: dist,
  format: "esm",
  comments: false,
  // Each of the two finds what the other does not: this one, that private names may be the same in several classes.
  minify: { compress: true, mangle: { toplevel: false, keepNames: true } },
  sourcemap: true,
  // The sources are in the package.
  sourcemapExcludeSources: true,
  chunkFileNames: "[name].js",
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [
      { name: "shared", test: SHARED, priority: 1 },
      { name: "connection", test: CONNECTION },
    ],
  },
});
await bundle.close();
const chunks = output.filter((each) => each.type === "chunk");

for (const { fileName, imports } of chunks) {
  if (fileName === "index.js" && imports.includes("connection.js")) {
    throw new Error('"disque" needs more of src/resp when it is imported than SHARED names');
  }
}

const exported = chunks.flatMap((chunk) => (chunk.isEntry ? chunk.exports : []));

/**
 * Errors, stacks and `inspect` show the names of classes and functions: those that users import keep theirs, where they
 * are defined.
 *
 * @param {string} code
 */
function names(code) {
  return exported.filter((name) =>
    new RegExp(`\\b(?:${name} ?= ?class|class ${name}|function ${name})\\b`).test(code),
  );
}

for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (/\.js(\.map)?$/.test(name)) rmSync(join(dist, name));
}
for (const { fileName, code, map } of chunks) {
  const reserved = names(code);
  const kept = new RegExp(`^(?:${reserved.join("|")})$`);
  const small = await minify(code, {
    module: true,
    ecma: 2020,
    // V8 passes over methods until they are called, but reads the arrow functions of a table in full. Unsafe is it for
    // who makes objects of them with `new`.
    compress: { passes: 3, unsafe_methods: true },
    mangle: { reserved },
    keep_classnames: kept,
    keep_fnames: kept,
    // V8 keeps two bytes for each character of a file in which one is not Latin.
    format: { max_line_len: LINE, ascii_only: true },
    // What only hands on what other files export has no map.
    ...(map && { sourceMap: { content: String(map), filename: fileName, url: `${basename(fileName)}.map` } }),
  });
  const path = join(dist, fileName);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, small.code ?? "");
  if (small.map !== undefined) writeFileSync(`${path}.map`, String(small.map));
}
