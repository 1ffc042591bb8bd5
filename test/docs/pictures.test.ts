import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { svgOf } from "../../docs/make/picture.ts";
import { ROOT, read } from "./markdown.ts";

const FOLDER = join("docs", "pictures");
const files = readdirSync(join(ROOT, FOLDER));
const sources = files.filter((name) => name.endsWith(".txt"));

describe("a picture", () => {
  it("has its text beside it", () => {
    const svgs = files.filter((name) => name.endsWith(".svg"));
    assert.deepEqual(
      svgs,
      sources.map((name) => name.replace(/txt$/, "svg")),
    );
  });

  for (const name of sources) {
    it(`of ${name} is as \`npm run docs\` draws it`, () => {
      assert.equal(read(join(FOLDER, name.replace(/txt$/, "svg"))), svgOf(read(join(FOLDER, name))));
    });
  }

  it("draws a straight line once, corners round, dashes apart", () => {
    const svg = svgOf("Title\n┌─▶\n│ a\n╌╌");
    assert.match(svg, /<title>Title<\/title>/);
    assert.equal(svg.match(/class="line" d="([^"]*)"/)?.[1]?.match(/Q/g)?.length, 1);
    assert.equal(svg.match(/class="line dashed" d="([^"]*)"/)?.[1], "M20 70L36.8 70");
    assert.match(svg, /class="tip"/);
    assert.match(svg, />a<\/text>/);
  });

  it("marks words, and escapes what SVG would read", () => {
    const svg = svgOf("Title\n*a < b* !c! ~d~");
    assert.match(svg, /class="strong">a &lt; b</);
    assert.match(svg, /class="lost">c</);
    assert.match(svg, /class="remark">d</);
  });
});
