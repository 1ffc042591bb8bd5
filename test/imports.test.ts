import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** The parts of `src/` that each part may import. `client` stands for the files outside of all folders. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  resp: [],
  commands: ["resp"],
  cluster: ["resp", "commands"],
  consumer: ["resp", "commands"],
  testing: ["commands"],
  client: ["resp", "commands", "cluster", "consumer"],
};

// Tests run from `build/test`.
const source = fileURLToPath(new URL("../../src", import.meta.url));

function partOf(file: string): string {
  const [first = "", second] = relative(source, file).split(/[\\/]/);
  return second === undefined ? "client" : first;
}

function importsOf(file: string): string[] {
  return Array.from(
    readFileSync(file, "utf8").matchAll(/\b(?:from |import\()"([^"]+)"/g),
    ([, specifier = ""]) => specifier,
  );
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => resolve(source, name));

test("imports go one way: client → consumer, cluster → commands → resp → node:*", () => {
  assert.ok(files.length > 50, "the sources are found");
  for (const file of files) {
    const part = partOf(file);
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith("node:")) continue;
      assert.ok(specifier.startsWith("."), `${relative(source, file)} imports the package ${specifier}`);
      const imported = partOf(resolve(dirname(file), specifier));
      assert.ok(
        imported === part || MAY_IMPORT[part]?.includes(imported),
        `${relative(source, file)} imports ${specifier}: ${part} may not import ${imported}`,
      );
    }
  }
});
