import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { anchorsOf } from "./anchors.ts";
import { markdownFiles, ROOT, read } from "./markdown.ts";

/** The targets of the links and pictures of a page, outside of code. */
function targetsIn(file: string): string[] {
  const text = read(file)
    .replaceAll(/^( *)```.*?^ *```$/gms, "")
    .replaceAll(/`[^`\n]*`/g, "");
  return Array.from(
    text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g),
    ([, a, b]) => a ?? b ?? "",
  );
}

describe("links in the documentation", () => {
  for (const file of markdownFiles()) {
    it(`of ${file} have existing targets`, () => {
      for (const target of targetsIn(file)) {
        if (/^[a-z]+:/.test(target)) {
          assert.match(target, /^(https|mailto):/, `${file}: ${target}`);
          continue;
        }
        const [path = "", anchor] = target.split("#");
        const page = path === "" ? file : join(dirname(file), path);
        assert.ok(existsSync(join(ROOT, page)), `${file}: ${target}`);
        if (anchor === undefined) continue;
        assert.ok(statSync(join(ROOT, page)).isFile() && page.endsWith(".md"), `${file}: ${target}`);
        const anchors = anchorsOf(read(page)).map((heading) => heading.anchor);
        // TypeDoc marks properties by anchors of their own.
        if (read(page).includes(`<a id="${anchor}">`)) continue;
        assert.ok(anchors.includes(anchor), `${file}: there is no ${target}, but ${anchors.join(", ")}`);
      }
    });
  }
});
