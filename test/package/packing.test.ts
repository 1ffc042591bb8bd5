// What `npm publish` would send: checked on the list of files that npm itself makes.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What stands beside `src` and what is made from it. */
const FILES = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

async function packedFiles(): Promise<string[]> {
  // The build has been made: the tests run on it.
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    // What npm covers of itself is not ours to measure.
    env: { ...process.env, NODE_V8_COVERAGE: undefined },
  });
  const [packed]: Packed[] = Object.values(JSON.parse(stdout));
  assert.ok(packed, "npm lists one package");
  return packed.files.map(({ path }) => path);
}

async function sources(): Promise<string[]> {
  const entries = await readdir("src", { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.replaceAll("\\", "/"), entry.name));
}

function builtFrom(source: string): string[] {
  const base = source.replace(/^src/, "dist").replace(/\.ts$/, "");
  return [".js", ".js.map", ".d.ts", ".d.ts.map"].map((ending) => `${base}${ending}`);
}

/** Every path that `exports` names, however deep. */
function targets(exports: unknown): string[] {
  if (typeof exports === "string") return [posix.normalize(exports)];
  return Object.values(exports ?? {}).flatMap(targets);
}

describe("the package", () => {
  let packed: string[] = [];

  before(async () => {
    packed = await packedFiles();
  });

  it("has the sources, what was made from each, and four files more", async () => {
    const written = await sources();
    assert.ok(written.length > 50, "the sources were found");
    assert.deepEqual(packed.toSorted(), [...FILES, ...written, ...written.flatMap(builtFrom)].toSorted());
  });

  it("has the sources that its maps point to", async () => {
    const maps = packed.filter((path) => path.endsWith(".map"));
    assert.ok(maps.length > 100, "the maps were found");
    for (const path of maps) {
      const map: { readonly sources: readonly string[] } = JSON.parse(await readFile(path, "utf8"));
      assert.equal(map.sources.length, 1, path);
      for (const source of map.sources) {
        const target = posix.join(posix.dirname(path), source);
        assert.ok(packed.includes(target), `${path} points to ${target}, which is not packed`);
      }
    }
  });

  it("names its maps in the files that were made", async () => {
    for (const path of packed.filter((name) => /^dist\/.*\.(js|d\.ts)$/.test(name))) {
      const text = await readFile(path, "utf8");
      assert.ok(text.trimEnd().endsWith(`//# sourceMappingURL=${posix.basename(path)}.map`), path);
    }
  });

  it("has all that its exports name", async () => {
    const { exports } = JSON.parse(await readFile("package.json", "utf8"));
    const named = targets(exports);
    assert.ok(named.length >= 7, "a type and a program for each entry");
    for (const target of named) assert.ok(packed.includes(target), target);
  });

  it("needs no other package", async () => {
    const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(
      await readFile("package.json", "utf8"),
    );
    assert.deepEqual(
      { dependencies, peerDependencies, optionalDependencies },
      {
        dependencies: undefined,
        peerDependencies: undefined,
        optionalDependencies: undefined,
      },
    );
  });
});
