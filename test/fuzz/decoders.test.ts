// Each field, with everything that can be wrong with it. `decoders.ts` does the same at random, in any combination.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProtocolError, type Reply } from "../../src/resp/index.ts";
import { check, type Decoder, decoders, flat, NAMES, ODDITIES } from "./decoders.ts";
import { type Field, helloFields, helloNodeFields, jobFields, queueFields } from "./reference-decoders.ts";

function decoderOf(name: string): Decoder {
  const found = decoders.find((decoder) => decoder.name === name);
  assert.ok(found);
  return found;
}

/** If a decoder rejected its sample, the tests below would prove nothing. */
describe("a reply as servers send it is decoded", () => {
  for (const decoder of decoders)
    it(decoder.name, () => assert.equal(check(decoder, decoder.sample), "value"));
});

/** Compares the decoder with the reference, and returns the decoded value. */
function decoded(decoder: Decoder, reply: Reply): unknown {
  assert.equal(check(decoder, reply), "value");
  return decoder.decode(reply);
}

function rejects(decoder: Decoder, reply: Reply, name: string): void {
  assert.equal(check(decoder, reply), "error");
  const named = (error: unknown): boolean =>
    error instanceof ProtocolError && error.message.startsWith(`${name}: expected `);
  assert.throws(() => decoder.decode(reply), named);
}

function othersOf(decoder: Decoder, reply: Reply): object {
  const value = decoded(decoder, reply);
  assert.ok(typeof value === "object" && value !== null && "others" in value);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.ok(typeof value.others === "object" && value.others !== null);
  assert.equal(Object.getPrototypeOf(value.others), null);
  return value.others;
}

for (const [name, what, fields] of [
  ["SHOW", "job", jobFields],
  ["QSTAT", "queue", queueFields],
] as const) {
  const decoder = decoderOf(name);
  const pairs = fields.map((field) => flat([field]));
  const without = (at: number): Reply[] => pairs.toSpliced(at, 1).flat();

  describe(`a field of ${name}`, () => {
    for (const [at, { name: field, property, kind, sample }] of fields.entries()) {
      const nullable = kind.endsWith(" or null");

      it(nullable ? `${field} is null if it is missing` : `${field} must be present`, () => {
        if (!nullable) rejects(decoder, without(at), field);
        else assert.equal(Reflect.get(Object(decoded(decoder, without(at))), property), null);
      });

      it(`${field} without a value is rejected`, () =>
        rejects(decoder, [...without(at), Buffer.from(field)], what));

      it(`${field} has its last value if it is repeated`, () => {
        for (const oddity of ODDITIES) check(decoder, [...pairs.flat(), field, oddity]);
        const first = pairs.toSpliced(at, 1, [field, [null]]).flat();
        const twice = decoded(decoder, [...first, field, sample]);
        assert.deepEqual(twice, decoder.decode(decoder.sample));
      });

      it(`${field} under another name is an unknown field`, () => {
        for (const other of [...NAMES, field.toUpperCase(), `${field} `]) {
          const renamed = [...without(at), other, sample];
          if (!nullable) rejects(decoder, renamed, field);
          else assert.deepEqual(Object.entries(othersOf(decoder, renamed)), [[other, sample]]);
        }
      });

      it(`${field} of another type is rejected by name`, () => {
        let rejected = 0;
        for (const oddity of ODDITIES) {
          const mistyped = pairs.toSpliced(at, 1, [field, oddity]).flat();
          if (check(decoder, mistyped) === "value") continue;
          rejects(decoder, mistyped, field);
          rejected++;
        }
        assert.ok(rejected > 5, "some of the odd values are wrong in any field");
      });

      it(`${field} may be followed by unknown fields, which are kept`, () => {
        for (const [index, oddity] of ODDITIES.entries()) {
          const other = NAMES[(at + index) % NAMES.length] ?? "";
          const more = pairs.toSpliced(at + 1, 0, [Buffer.from(other), oddity]).flat();
          assert.deepEqual(Object.entries(othersOf(decoder, more)), [[other, oddity]]);
        }
      });
    }

    it("is a pair of a key, which is text, and a value", () => {
      for (const oddity of ODDITIES) {
        if (typeof oddity === "string" || Buffer.isBuffer(oddity)) continue;
        rejects(decoder, [oddity, 1, ...pairs.flat()], what);
        if (oddity !== null && !Array.isArray(oddity)) rejects(decoder, oddity, what);
      }
      for (let count = 1; count < fields.length * 2; count += 2) {
        rejects(decoder, pairs.flat().slice(0, count), what);
      }
    });
  });
}

describe("HELLO", () => {
  const decoder = decoderOf("HELLO");
  const samplesOf = (fields: readonly Field[]): Reply[] => fields.map(({ sample }) => sample);
  const own = samplesOf(helloFields);
  const node = samplesOf(helloNodeFields);

  for (const [fields, reply] of [
    [helloFields, (changed: Reply[]): Reply => [...changed, node]],
    [helloNodeFields, (changed: Reply[]): Reply => [...own, node, changed, node]],
  ] as const) {
    const samples = samplesOf(fields);
    for (const [at, { name }] of fields.entries()) {
      it(`is rejected if the ${name} has another type, and the error names it`, () => {
        let rejected = 0;
        for (const oddity of ODDITIES) {
          const mistyped = reply(samples.with(at, oddity));
          if (check(decoder, mistyped) === "value") continue;
          rejects(decoder, mistyped, name);
          rejected++;
        }
        assert.ok(rejected > 5);
      });

      it(`is decoded, or rejected by the name of a field, if it ends before the ${name} or has it twice`, () => {
        check(decoder, reply(samples.slice(0, at)));
        check(decoder, reply(samples.toSpliced(at, 1)));
        check(decoder, reply(samples.toSpliced(at, 0, samples[at] ?? null)));
      });
    }
  }

  it("may have unknown elements at the end of a node", () => {
    for (const oddity of ODDITIES) {
      assert.deepEqual(
        decoded(decoder, [...own, [...node, oddity, oddity]]),
        decoded(decoder, [...own, node]),
      );
    }
  });

  it("contains only nodes, which are arrays, after its own fields", () => {
    for (const oddity of ODDITIES) {
      check(decoder, [...own, oddity]);
      if (!Array.isArray(oddity)) rejects(decoder, [...own, oddity], "node in HELLO");
    }
    assert.deepEqual(decoded(decoder, own), { version: 1, id: String(own[1]), nodes: [] });
  });

  it("may contain any text as the host of a node", () => {
    for (const name of NAMES) {
      const value = decoded(decoder, [...own, [own[1] ?? null, Buffer.from(name), "1", "1"]]);
      assert.deepEqual(Reflect.get(Object(value), "nodes"), [
        { id: String(own[1]), host: name, port: 1, priority: 1 },
      ]);
    }
  });
});

describe("a page of a scan", () => {
  for (const name of ["JSCAN", "JSCAN REPLY all", "QSCAN"]) {
    const decoder = decoderOf(name);
    const command = name.slice(0, 5);
    const items = command === "QSCAN" ? "queues of QSCAN" : "jobs of JSCAN";

    it(`of ${name} has a cursor, then items, then unknown elements`, () => {
      for (const oddity of ODDITIES) {
        if (!Array.isArray(oddity)) {
          rejects(decoder, oddity, command);
          rejects(decoder, ["0", oddity], items);
        }
        if (typeof oddity !== "string" && !Buffer.isBuffer(oddity)) {
          rejects(decoder, [oddity, []], `cursor of ${command}`);
        }
        check(decoder, ["0", [oddity]]);
        check(decoder, ["0", oddity]);
        decoded(decoder, ["0", [], oddity]);
      }
      rejects(decoder, [], `cursor of ${command}`);
      rejects(decoder, ["0"], items);
    });
  }

  it("of JSCAN REPLY all is rejected if one of its jobs is", () => {
    const decoder = decoderOf("JSCAN REPLY all");
    const good = flat(jobFields);
    for (const at of jobFields.keys()) {
      for (const oddity of ODDITIES) {
        const bad = good.with(2 * at + 1, oddity);
        const outcome = check(decoder, ["0", [good, bad, good]]);
        assert.equal(outcome, check(decoderOf("SHOW"), bad));
      }
    }
  });
});

describe("a line of INFO", () => {
  const decoder = decoderOf("INFO");

  it("is a section or a field, whatever its name", () => {
    for (const name of NAMES) {
      const value = decoded(decoder, `# ${name}\r\n${name}:${name}\r\n${name}\r\n`);
      const section = name.toLowerCase();
      const fields = Reflect.get(Object(value), section);
      assert.deepEqual(Object.keys(Object(value)), [section]);
      assert.deepEqual(Object.entries(fields), name === "" ? [] : [[name, name]]);
      assert.equal(Object.getPrototypeOf(value), null);
      assert.equal(Object.getPrototypeOf(fields), null);
    }
  });

  it("replaces an earlier one for the same field", () => {
    const value = decoded(decoder, "# A\r\nx:1\r\nx:2\r\n# B\r\nx:3\r\n");
    assert.equal(JSON.stringify(value), '{"a":{"x":"2"},"b":{"x":"3"}}');
  });

  it("is ignored outside a section, and the reply must be text", () => {
    assert.deepEqual(Object.keys(Object(decoded(decoder, "x:1\r\n"))), []);
    for (const oddity of ODDITIES) {
      if (typeof oddity !== "string" && !Buffer.isBuffer(oddity)) rejects(decoder, oddity, "INFO");
      else decoded(decoder, oddity);
    }
  });
});
