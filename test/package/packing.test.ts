// The files that `npm publish` would send, as npm itself lists them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { INSTALLED, PACKAGE } from "../support/package-folder.ts";

const run = promisify(execFile);

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

async function packedFiles(): Promise<string[]> {
  // These tests run after the build.
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: PACKAGE,
    // Do not measure the coverage of npm itself.
    env: { ...process.env, NODE_V8_COVERAGE: undefined },
  });
  const [packed]: Packed[] = Object.values(JSON.parse(stdout));
  assert.ok(packed, "npm lists one package");
  return packed.files.map(({ path }) => path);
}

function read(path: string): Promise<string> {
  return readFile(join(PACKAGE, path), "utf8");
}

/** The files that a program or a declaration file imports, directly or indirectly, statically or dynamically. */
async function imported(path: string, seen: Set<string> = new Set()): Promise<Set<string>> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, specifier = ""] of (await read(path)).matchAll(
    /\b(?:from\s*|import\s*\(?\s*|require\()"(\.[^"]+)"/g,
  )) {
    const target = posix.join(posix.dirname(path), specifier);
    await imported(path.endsWith(".d.ts") ? target.replace(/\.[jt]s$/, ".d.ts") : target, seen);
  }
  return seen;
}

/** Every path in a part of package.json, at any depth. */
function targets(value: unknown): string[] {
  if (typeof value === "string") return [posix.normalize(value)];
  return Object.values(value ?? {}).flatMap(targets);
}

describe("the package", () => {
  let packed: string[] = [];
  /** Every file that package.json names. The CommonJS programs only exist once the package is bundled. */
  let named: string[] = [];

  before(async () => {
    packed = await packedFiles();
    const { main, types, typesVersions, exports, bin } = JSON.parse(await read("package.json"));
    named = [...new Set(targets([main, types, typesVersions, exports, bin]))].filter(
      (path) => INSTALLED || !/^dist\/cjs\/.*\.js$/.test(path),
    );
  });

  it("has every file that package.json names", () => {
    assert.ok(named.length >= 7, "a declaration and a program for each entry");
    for (const path of named) assert.ok(packed.includes(path), path);
  });

  it("has all files that its programs and declarations import", async () => {
    for (const entry of named.filter((path) => /\.(js|d\.ts)$/.test(path))) {
      for (const path of await imported(entry)) assert.ok(packed.includes(path), `${entry} imports ${path}`);
    }
  });

  it("has few JavaScript files, none of them minified", { skip: !INSTALLED && "not bundled" }, async () => {
    const programs = packed.filter((path) => /^dist\/.*\.js$/.test(path));
    assert.ok(programs.length < 16, programs.join(", "));
    for (const path of programs) {
      const lines = (await read(path)).split("\n").filter((line) => !line.startsWith("import "));
      assert.ok(Math.max(...lines.map(({ length }) => length)) < 1_000, path);
    }
  });

  it("has the sources that its maps point to", async () => {
    const maps = packed.filter((path) => path.endsWith(".map"));
    assert.ok(maps.length > 50, "the maps were found");
    for (const path of maps) {
      const { sources }: { readonly sources: readonly string[] } = JSON.parse(await read(path));
      for (const source of sources) {
        const target = posix.join(posix.dirname(path), source);
        assert.ok(packed.includes(target), `${path} points to ${target}, which is not packed`);
      }
    }
  });

  it("has the files that its README links to", async () => {
    const text = (await read("README.md")).replaceAll(/^( *)```.*?^ *```$/gms, "");
    const links = text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)|(?:src|srcset|href)="(?![a-z]+:|#)([^"#]+)"/g);
    for (const [, link, attribute] of links) {
      const path = posix.normalize(link ?? attribute ?? "").replace(/\/$/, "");
      assert.ok(
        packed.some((file) => file === path || file.startsWith(`${path}/`)),
        path,
      );
    }
  });

  it("has no tests and no tools", () => {
    assert.deepEqual(
      packed.filter((path) => /^(test|build|bundle|scripts|\.)|node_modules|package-lock/.test(path)),
      [],
    );
  });

  it("needs no other package", async () => {
    const manifest = JSON.parse(await read("package.json"));
    for (const name of ["dependencies", "peerDependencies", "optionalDependencies"]) {
      assert.equal(manifest[name], undefined, name);
    }
  });
});
