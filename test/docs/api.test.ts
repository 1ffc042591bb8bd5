import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { apiPages } from "../../docs/make/api.ts";
import { exportsOf } from "../../docs/make/declarations.ts";
import { ROOT, read } from "./markdown.ts";

const DIST = join(ROOT, "dist");
const pages = apiPages(DIST);

/** What each page is about, as Node gives it to a program. */
const ENTRIES = [
  ["disque.md", "index"],
  ["resp.md", "resp/index"],
  ["testing.md", "testing/index"],
] as const;

describe("the API reference", () => {
  it("has a page for each entry point and no others", () => {
    assert.deepEqual(readdirSync(join(ROOT, "docs", "api")).sort(), [...pages.keys()].sort());
  });

  for (const [name, text] of pages) {
    it(`${name} is as \`npm run docs\` makes it from the doc comments`, () => {
      assert.equal(read(join("docs", "api", name)), text);
    });
  }

  for (const [page, entry] of ENTRIES) {
    it(`${page} has all that ${entry} exports, and all members`, async () => {
      const text = pages.get(page) ?? "";
      const declarations = exportsOf(join(DIST, `${entry}.d.ts`));
      const values: object = await import(join(DIST, `${entry}.js`));
      assert.ok(declarations.length >= Object.keys(values).length);
      for (const name of Object.keys(values)) assert.ok(text.includes(`\n## ${name}\n`), name);
      for (const { name, members } of declarations) {
        const [, after = ""] = text.split(`\n## ${name}\n`);
        const [section = ""] = after.split("\n## ");
        assert.notEqual(section, "", name);
        if (section.startsWith("\nSee [")) continue;
        for (const { name: member } of members) {
          const heading = `\n### ${member.replaceAll(/[[\]]/g, "\\$&")}\n`;
          assert.ok(
            section.includes(heading) || section.includes(`\n| \`${member}\` |`),
            `${name}.${member}`,
          );
        }
      }
    });
  }

  it("has all methods of a client", async () => {
    const { Disque } = await import("../../src/index.ts");
    const text = pages.get("disque.md") ?? "";
    const { cluster, config } = new Disque();
    for (const object of [Disque.prototype, Object.getPrototypeOf(cluster), Object.getPrototypeOf(config)]) {
      for (const name of Object.getOwnPropertyNames(object))
        assert.ok(text.includes(`\n### ${name}\n`), name);
    }
  });
});
