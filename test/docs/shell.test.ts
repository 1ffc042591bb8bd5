import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { complaintsAbout } from "./shell.ts";

const THERE: readonly string[] = ["package.json", "examples", "examples/demo.js", "test/resp/parser.test.ts"];

function complaints(code: string): string[] {
  return complaintsAbout(code, ".", (path) => THERE.includes(path));
}

describe("complaints about shell commands", () => {
  it("do not occur if all names exist", () => {
    assert.deepEqual(complaints("npm ci && npm test # all of it\nnpm run build -- --flag"), []);
    assert.deepEqual(complaints("node examples/demo.js\ncd examples && node demo.js"), []);
    assert.deepEqual(complaints("NAME='a b' node --test build/test/resp/parser.test.js"), []);
  });

  it("name scripts that do not exist, in any folder", () => {
    assert.deepEqual(complaints("npm run nonsense"), ["package.json has no script nonsense"]);
    assert.deepEqual(complaints("npm --prefix examples run build"), ["there is no examples/package.json"]);
  });

  it("name files and folders that do not exist", () => {
    assert.deepEqual(complaints("node demo.js"), ["there is no demo.js"]);
    assert.deepEqual(complaints("cd nowhere"), ["there is no nowhere"]);
  });

  it("name unknown commands", () => {
    assert.deepEqual(complaints("npm ci; make it"), ["make is a command that is not known"]);
  });
});
