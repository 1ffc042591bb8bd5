// What the workflows on GitHub may do, and that they do what `.ci/run` does.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";

const FOLDER = ".github/workflows";

const files = await readdir(FOLDER);
const workflows = await Promise.all(
  files.map(async (name) => ({ name, text: await readFile(`${FOLDER}/${name}`, "utf8") })),
);

describe("workflows", () => {
  it("are two", () => {
    assert.deepEqual(files.toSorted(), ["ci.yml", "release.yml"]);
  });

  for (const { name, text } of workflows) {
    it(`${name} runs .ci/run`, () => {
      assert.match(text, /^ +- run: \.ci\/run$/m);
    });

    it(`${name} takes actions at a commit, and says which version that is`, () => {
      const actions = text.match(/uses: .*/g) ?? [];
      assert.ok(actions.length >= 2);
      for (const action of actions) assert.match(action, /^uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    it(`${name} may read the repository, and write nothing there`, () => {
      assert.match(text, /^permissions:\n {2}contents: read\n\n/m);
      const written = text.match(/\S+: write$/gm) ?? [];
      assert.deepEqual(written, name === "release.yml" ? ["id-token: write"] : []);
      assert.doesNotMatch(text, /write-all|pull_request_target|secrets\./);
    });

    it(`${name} keeps the token of the run from what it runs`, () => {
      const checkouts = text.match(/uses: actions\/checkout@/g)?.length;
      assert.equal(text.match(/persist-credentials: false/g)?.length, checkouts);
    });
  }
});
