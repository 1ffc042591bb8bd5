// What the workflows on GitHub may do, and that they do what `.ci/run` does.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";

const FOLDER = ".github/workflows";

const files = await readdir(FOLDER);
const workflows = await Promise.all(
  files.map(async (name) => ({ name, text: await readFile(`${FOLDER}/${name}`, "utf8") })),
);

describe("the workflows on GitHub", () => {
  it("are ci.yml and release.yml", () => {
    assert.deepEqual(files.toSorted(), ["ci.yml", "release.yml"]);
  });

  for (const { name, text } of workflows) {
    it(`${name} runs .ci/run`, () => {
      assert.match(text, /^ +- run: \.ci\/run$/m);
    });

    it(`${name} pins actions to a commit and names the version`, () => {
      const actions = text.match(/uses: .*/g) ?? [];
      assert.ok(actions.length >= 2);
      for (const action of actions) assert.match(action, /^uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    it(`${name} may only read the repository`, () => {
      assert.match(text, /^permissions:\n {2}contents: read\n\n/m);
      const written = text.match(/\S+: write$/gm) ?? [];
      assert.deepEqual(written, name === "release.yml" ? ["id-token: write"] : []);
      assert.doesNotMatch(text, /write-all|pull_request_target|secrets\./);
    });

    it(`${name} does not leave its token to the programs that it runs`, () => {
      const checkouts = text.match(/uses: actions\/checkout@/g)?.length;
      assert.equal(text.match(/persist-credentials: false/g)?.length, checkouts);
    });
  }
});
