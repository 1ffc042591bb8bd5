import assert from "node:assert/strict";
import { it } from "node:test";
import { bodyOf, nameIn, nameOfBody } from "./bodies.ts";

it("a body contains its name and shows whether it is intact", () => {
  for (const filling of [0, 1, 40_000]) {
    const name = nameOfBody("producer-1-7", filling);
    const body = Buffer.from(bodyOf(name));
    assert.equal(nameIn(body), name);
    assert.match(nameIn(body.subarray(0, -1)), /^damaged/);
    assert.match(nameIn(Buffer.concat([body, body])), /^damaged/);
  }
  assert.match(nameIn(Buffer.from("")), /^damaged/);
});
