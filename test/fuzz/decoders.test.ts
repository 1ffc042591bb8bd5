// Every field with everything that can be wrong with it. `decoders.ts` does the same by chance, in any combination.

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

/** The decoder takes what servers send, and the reference agrees, so that no test below passes for want of a value. */
describe("what servers send is taken", () => {
  for (const decoder of decoders)
    it(decoder.name, () => assert.equal(check(decoder, decoder.sample), "value"));
});

/** Checks it against the reference too, and gives the value that the decoder made. */
function decoded(decoder: Decoder, reply: Reply): unknown {
  assert.equal(check(decoder, reply), "value");
  return decoder.decode(reply);
}

function refuses(decoder: Decoder, reply: Reply, name: string): void {
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

      it(`${field} may not be missing, unless there may be none`, () => {
        if (!nullable) refuses(decoder, without(at), field);
        else assert.equal(Reflect.get(Object(decoded(decoder, without(at))), property), null);
      });

      it(`${field} without its value is no field`, () =>
        refuses(decoder, [...without(at), Buffer.from(field)], what));

      it(`${field} counts once, with its last value`, () => {
        for (const oddity of ODDITIES) check(decoder, [...pairs.flat(), field, oddity]);
        const first = pairs.toSpliced(at, 1, [field, [null]]).flat();
        const twice = decoded(decoder, [...first, field, sample]);
        assert.deepEqual(twice, decoder.decode(decoder.sample));
      });

      it(`${field} under another name is one that is not known`, () => {
        for (const other of [...NAMES, field.toUpperCase(), `${field} `]) {
          const renamed = [...without(at), other, sample];
          if (!nullable) refuses(decoder, renamed, field);
          else assert.deepEqual(Object.entries(othersOf(decoder, renamed)), [[other, sample]]);
        }
      });

      it(`${field} of another kind is refused by its name`, () => {
        let refused = 0;
        for (const oddity of ODDITIES) {
          const mistyped = pairs.toSpliced(at, 1, [field, oddity]).flat();
          if (check(decoder, mistyped) === "value") continue;
          refuses(decoder, mistyped, field);
          refused++;
        }
        assert.ok(refused > 5, "of the oddities, some are wrong anywhere");
      });

      it(`${field} is followed by fields that are not known, and they survive`, () => {
        for (const [index, oddity] of ODDITIES.entries()) {
          const other = NAMES[(at + index) % NAMES.length] ?? "";
          const more = pairs.toSpliced(at + 1, 0, [Buffer.from(other), oddity]).flat();
          assert.deepEqual(Object.entries(othersOf(decoder, more)), [[other, oddity]]);
        }
      });
    }

    it("is a pair of a key, which is a text, and a value", () => {
      for (const oddity of ODDITIES) {
        if (typeof oddity === "string" || Buffer.isBuffer(oddity)) continue;
        refuses(decoder, [oddity, 1, ...pairs.flat()], what);
        if (oddity !== null && !Array.isArray(oddity)) refuses(decoder, oddity, what);
      }
      for (let count = 1; count < fields.length * 2; count += 2) {
        refuses(decoder, pairs.flat().slice(0, count), what);
      }
    });
  });
}

describe("a place of HELLO", () => {
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
      it(`the ${name} of another kind is refused by its name`, () => {
        let refused = 0;
        for (const oddity of ODDITIES) {
          const mistyped = reply(samples.with(at, oddity));
          if (check(decoder, mistyped) === "value") continue;
          refuses(decoder, mistyped, name);
          refused++;
        }
        assert.ok(refused > 5);
      });

      it(`a HELLO that ends before the ${name}, or has it twice, is decoded or refused by a name`, () => {
        check(decoder, reply(samples.slice(0, at)));
        check(decoder, reply(samples.toSpliced(at, 1)));
        check(decoder, reply(samples.toSpliced(at, 0, samples[at] ?? null)));
      });
    }
  }

  it("may be followed by what is not known, in a node", () => {
    for (const oddity of ODDITIES) {
      assert.deepEqual(
        decoded(decoder, [...own, [...node, oddity, oddity]]),
        decoded(decoder, [...own, node]),
      );
    }
  });

  it("holds nodes, which are arrays, and nothing else", () => {
    for (const oddity of ODDITIES) {
      check(decoder, [...own, oddity]);
      if (!Array.isArray(oddity)) refuses(decoder, [...own, oddity], "node in HELLO");
    }
    assert.deepEqual(decoded(decoder, own), { version: 1, id: String(own[1]), nodes: [] });
  });

  it("may hold any text as the host of a node", () => {
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

    it(`of ${name} has a cursor, then items, then what is not known`, () => {
      for (const oddity of ODDITIES) {
        if (!Array.isArray(oddity)) {
          refuses(decoder, oddity, command);
          refuses(decoder, ["0", oddity], items);
        }
        if (typeof oddity !== "string" && !Buffer.isBuffer(oddity)) {
          refuses(decoder, [oddity, []], `cursor of ${command}`);
        }
        check(decoder, ["0", [oddity]]);
        check(decoder, ["0", oddity]);
        decoded(decoder, ["0", [], oddity]);
      }
      refuses(decoder, [], `cursor of ${command}`);
      refuses(decoder, ["0"], items);
    });
  }

  it("of JSCAN REPLY all is refused with any of its jobs", () => {
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

  it("is a section or a field, whatever it is called", () => {
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

  it("counts last where it is there twice", () => {
    const value = decoded(decoder, "# A\r\nx:1\r\nx:2\r\n# B\r\nx:3\r\n");
    assert.equal(JSON.stringify(value), '{"a":{"x":"2"},"b":{"x":"3"}}');
  });

  it("says nothing outside of a section, and nothing else than text is INFO", () => {
    assert.deepEqual(Object.keys(Object(decoded(decoder, "x:1\r\n"))), []);
    for (const oddity of ODDITIES) {
      if (typeof oddity !== "string" && !Buffer.isBuffer(oddity)) refuses(decoder, oddity, "INFO");
      else decoded(decoder, oddity);
    }
  });
});
