// What `npm publish` would send: checked on the list of files that npm itself makes.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { PACKAGE } from "../support/package-folder.ts";

const run = promisify(execFile);

/** What stands beside `src` and what is made from it. */
const FILES = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

async function packedFiles(): Promise<string[]> {
  // The build has been made: the tests run on it.
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: PACKAGE,
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

function declarationsOf(source: string): string[] {
  const base = source.replace(/^src/, "dist").replace(/\.ts$/, "");
  return [`${base}.d.ts`, `${base}.d.ts.map`];
}

/** The files that a program imports, at once or later, and those that these do. */
async function reached(path: string, seen: Set<string> = new Set()): Promise<Set<string>> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = await readFile(join(PACKAGE, path), "utf8");
  for (const [, specifier = ""] of text.matchAll(/\b(?:from\s*|import\s*\(?\s*)"(\.[^"]+)"/g)) {
    await reached(posix.join(posix.dirname(path), specifier), seen);
  }
  return seen;
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

  it("has the sources, the declarations of each, programs with their maps, and four files more", async () => {
    const written = await sources();
    assert.ok(written.length > 50, "the sources were found");
    const programs = packed.filter((path) => /^dist\/.*\.js(\.map)?$/.test(path));
    const expected = [...FILES, ...written, ...written.flatMap(declarationsOf), ...programs];
    assert.deepEqual(packed.toSorted(), expected.toSorted());
  });

  it("has all files that its programs import", async () => {
    const { exports } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
    for (const entry of targets(exports).filter((target) => target.endsWith(".js"))) {
      const files = [...(await reached(entry))];
      assert.deepEqual(
        files.filter((file) => !packed.includes(file)),
        [],
        entry,
      );
    }
  });

  it("has the sources that its maps point to", async () => {
    const maps = packed.filter((path) => path.endsWith(".map"));
    assert.ok(maps.length > 100, "the maps were found");
    for (const path of maps) {
      const map: { readonly sources: readonly string[] } = JSON.parse(
        await readFile(join(PACKAGE, path), "utf8"),
      );
      assert.ok(map.sources.length > 0, path);
      for (const source of map.sources) {
        const target = posix.join(posix.dirname(path), source);
        assert.ok(packed.includes(target), `${path} points to ${target}, which is not packed`);
      }
    }
  });

  it("names its maps in the files that were made", async () => {
    for (const path of packed.filter((name) => /^dist\/.*\.(js|d\.ts)$/.test(name))) {
      const text = await readFile(join(PACKAGE, path), "utf8");
      const named = text.trimEnd().endsWith(`//# sourceMappingURL=${posix.basename(path)}.map`);
      assert.equal(named, packed.includes(`${path}.map`), path);
      // Without a map are only those that hand on what other files export.
      if (!named)
        assert.match(
          text,
          /^(?:(?:import|export) ?\{[^}]*\} ?from ?"[^"]*"[;\s]*|export ?\{[^}]*\};?\s*)+$/,
          path,
        );
    }
  });

  it("has all that its exports name", async () => {
    const { exports } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
    const named = targets(exports);
    assert.ok(named.length >= 7, "a type and a program for each entry");
    for (const target of named) assert.ok(packed.includes(target), target);
  });

  it("needs no other package", async () => {
    const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(
      await readFile(join(PACKAGE, "package.json"), "utf8"),
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
