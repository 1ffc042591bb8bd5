// The reference that `npm run docs` writes is complete. CI also checks that it is up to date.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { exportsOf } from "./declarations.ts";
import { ROOT, read } from "./markdown.ts";

const PAGES = [
  ["disque.md", "index.d.ts"],
  ["resp.md", "resp/index.d.ts"],
  ["testing.md", "testing/index.d.ts"],
] as const;

describe("the reference", () => {
  it("has a page for each entry", () => {
    const pages = readdirSync(join(ROOT, "docs", "api"));
    assert.deepEqual(pages.sort(), ["README.md", ...PAGES.map(([page]) => page)]);
  });

  for (const [page, entry] of PAGES) {
    it(`${page} has everything that the entry exports`, () => {
      const text = read(join("docs", "api", page));
      const exported = exportsOf(entry);
      assert.ok(exported.length >= 5);
      for (const { name } of exported)
        assert.match(text, new RegExp(`^### (\`abstract\` )?${name}(\\(\\))?$`, "m"), name);
    });
  }

  it("has all methods of a client", async () => {
    const { Disque } = await import("../../src/index.ts");
    const text = read(join("docs", "api", "disque.md"));
    const { cluster, config } = new Disque();
    for (const object of [Disque.prototype, Object.getPrototypeOf(cluster), Object.getPrototypeOf(config)]) {
      for (const name of Object.getOwnPropertyNames(object).filter((each) => each !== "constructor"))
        assert.match(text, new RegExp(`^#####? ${name}(\\(\\))?$`, "m"), name);
    }
  });
});
