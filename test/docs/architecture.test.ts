// Every name in ARCHITECTURE.md exists: folders, files, classes, methods and functions.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { ROOT, read } from "./markdown.ts";

const text = read("ARCHITECTURE.md");
const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".ts"),
);
const sources = files
  .filter((path) => !path.startsWith("testing"))
  .map((path) => readFileSync(join(ROOT, "src", path), "utf8"))
  .join("\n");

/** Names of products and languages. */
const FOREIGN: readonly string[] = ["TypeDoc", "JavaScript"];

/** Whether the sources declare the name: as a class, a type, a function, a method, a property or a parameter. */
function isDeclared(name: string): boolean {
  return new RegExp(
    `\\b(class|interface|type|function|const) ${name}\\b|^ +(async |get )?${name}[(?:]`,
    "m",
  ).test(sources);
}

describe("names in ARCHITECTURE.md", () => {
  it("of folders and files exist", () => {
    const paths = new Set(text.match(/(?<![\w/.(])(?:[\w-]+\/)*[\w-]+\.ts\b|\bsrc\/[\w/]+(?![\w.-])/g));
    assert.ok(paths.size > 15, String(paths.size));
    for (const path of paths) {
      const exists = path.includes("/")
        ? existsSync(join(ROOT, path))
        : files.some((file) => basename(file) === path);
      assert.ok(exists, path);
    }
  });

  it("of classes, methods and functions are declared", () => {
    const spans = Array.from(text.matchAll(/`([\w.]+)`|<b>([\w.]+)<\/b>/g), ([, a, b]) => a ?? b ?? "");
    const compounds = text.match(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b/g) ?? [];
    const names = new Set(
      [...spans, ...compounds]
        .filter((name) => !/\.(ts|md)$/.test(name) && !existsSync(join(ROOT, name)))
        .filter((name) => !existsSync(join(ROOT, "test", name)) && !FOREIGN.includes(name))
        .flatMap((name) => name.split("."))
        .map((name) => name.replace(/^(PersistentConnection)s$/, "$1")),
    );
    assert.ok(names.size > 25, String(names.size));
    for (const name of names) assert.ok(isDeclared(name), name);
  });
});
