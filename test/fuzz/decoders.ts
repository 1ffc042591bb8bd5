// The decoders of structured replies, fed with replies in which something is missing, superfluous or different.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { jobsTable } from "../../src/commands/jobs.ts";
import { queuesTable } from "../../src/commands/queues.ts";
import { serverTable } from "../../src/commands/server.ts";
import { ProtocolError, type Reply, ReplyError } from "../../src/resp/index.ts";
import type { Choices } from "./choices.ts";
import { mutate } from "./mutations.ts";
import {
  type Decoded,
  decodeFields,
  decodeHello,
  decodeInfo,
  decodeJobId,
  decodePage,
  decodeText,
  type Field,
  helloFields,
  helloNodeFields,
  jobFields,
  queueFields,
} from "./reference-decoders.ts";
import type { Case, Target } from "./target.ts";

export interface Decoder {
  readonly name: string;
  readonly sample: Reply;
  decode(reply: Reply): unknown;
  reference(reply: Reply): Decoded;
}

/** Names that mean something on every JavaScript object, and others. */
export const NAMES: readonly string[] = [
  ...["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"],
  ...["", "0", "length", "others", "ID", "später"],
];

/** Values of every type, to put in the place of any other. */
export const ODDITIES: readonly Reply[] = [
  ...[null, "", "text", "queued", "__proto__", "0", "-1", "7", "1.5", "1e3", "9".repeat(15), "9".repeat(16)],
  ...[Buffer.alloc(0), Buffer.from("active"), Buffer.of(0xff, 0xfe), Buffer.from("🦆"), Buffer.from("12")],
  ...[0, -1, 1, Number.MAX_SAFE_INTEGER, 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n],
  ...[
    [],
    [[]],
    [null],
    ["a", Buffer.from("b")],
    [1],
    ["__proto__", ["polluted", 1]],
    [
      ["a", 1],
      ["b", 2],
    ],
  ],
  ...[new ReplyError("ERR inside"), new ReplyError(""), [new ReplyError("OOM inside")]],
];

const CONTEXT = { node: "node" } as const;

export function flat(fields: readonly Field[]): Reply[] {
  return fields.flatMap(({ name, sample }): Reply[] => [Buffer.from(name), sample]);
}

function places(fields: readonly Field[]): Reply[] {
  return fields.map(({ sample }) => sample);
}

const job = (reply: Reply): Decoded => decodeFields("job", jobFields, reply);

export const decoders: readonly Decoder[] = [
  {
    name: "HELLO",
    sample: [...places(helloFields), places(helloNodeFields), places(helloNodeFields)],
    decode: (reply) => serverTable.hello.decode(reply, { args: [], ...CONTEXT }),
    reference: decodeHello,
  },
  {
    name: "SHOW",
    sample: flat(jobFields),
    decode: (reply) => jobsTable.show.decode(reply, { args: ["id"], ...CONTEXT }),
    reference: (reply) => (reply === null ? { value: null, wrong: null } : job(reply)),
  },
  {
    name: "QSTAT",
    sample: flat(queueFields),
    decode: (reply) => queuesTable.qstat.decode(reply, { args: ["mail"], ...CONTEXT }),
    reference: (reply) =>
      reply === null ? { value: null, wrong: null } : decodeFields("queue", queueFields, reply),
  },
  {
    name: "INFO",
    sample: Buffer.from(
      "# Server\r\nversion:1.0\r\npath:C:\\x\r\nempty:\r\n\r\n# Jobs\r\nregistered_jobs:0\r\n\r\n# CPU\r\nnoise\r\n",
    ),
    decode: (reply) => serverTable.info.decode(reply, { args: [], ...CONTEXT }),
    reference: decodeInfo,
  },
  {
    name: "JSCAN",
    sample: [Buffer.from("18446744073709551615"), ["D-a", Buffer.from("D-b")]],
    decode: (reply) => jobsTable.jscan.decode(reply, { args: ["0"], ...CONTEXT }),
    reference: (reply) => decodePage("JSCAN", "jobs of JSCAN", "ids", decodeJobId, reply),
  },
  {
    name: "JSCAN REPLY all",
    sample: [Buffer.from("0"), [flat(jobFields), flat(jobFields)]],
    decode: (reply) => jobsTable.jscan.decode(reply, { args: ["0", { reply: "all" }], ...CONTEXT }),
    reference: (reply) => decodePage("JSCAN", "jobs of JSCAN", "jobs", job, reply),
  },
  {
    name: "QSCAN",
    sample: [Buffer.from("7"), [Buffer.from("mail"), "other"]],
    decode: (reply) => queuesTable.qscan.decode(reply, { args: ["0"], ...CONTEXT }),
    reference: (reply) =>
      decodePage("QSCAN", "queues of QSCAN", "queues", (item) => decodeText("queues of QSCAN", item), reply),
  },
];

const prototypes = [Object.prototype, Array.prototype, Buffer.prototype];
const propertiesBefore = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);

/**
 * Checks that the decoder and the reference agree: on a value, prototypes included, or on an error, which must name one of
 * the faults. Returns which of the two it was.
 */
export function check(decoder: Decoder, reply: Reply): "value" | "error" {
  const expected = decoder.reference(reply);
  let value: unknown;
  let failure: unknown = null;
  try {
    value = decoder.decode(reply);
  } catch (error) {
    failure = error;
  }
  const properties = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);
  assert.deepEqual(properties, propertiesBefore, "a prototype has changed");
  if (expected.wrong === null) {
    if (failure !== null) throw failure;
    assert.deepEqual(value, expected.value);
    return "value";
  }
  assert.ok(failure instanceof ProtocolError, `${inspect(failure)} instead of a ProtocolError`);
  const { message } = failure;
  const named = expected.wrong.some((name) => message.startsWith(`${name}: `));
  assert.ok(named, `"${message}" names none of ${expected.wrong.join(", ")}`);
  assert.match(message, /: expected .+, got .+$|: more than the limit of \d+ [a-z ]+$/);
  assert.ok(message.length < 200, "the error quotes what came");
  return "error";
}

export const decodersTarget: Target = {
  name: "decoders",
  share: 0.25,
  prepare: (choices) => new DecoderCase(choices),
};

class DecoderCase implements Case {
  readonly traits: string[];
  readonly #decoder: Decoder;
  readonly #reply: Reply;

  constructor(choices: Choices) {
    this.#decoder = choices.pick(decoders);
    let reply = this.#decoder.sample;
    do reply = damaged(choices, reply);
    while (choices.chance(0.4));
    this.#reply = reply;
    this.traits = [this.#decoder.name];
  }

  run(): void {
    this.traits.push(check(this.#decoder, this.#reply));
  }

  show(): string {
    return `${this.#decoder.name} of ${inspect(this.#reply, { depth: 9, breakLength: 110 })}`;
  }
}

/** The same reply with one change somewhere in it. */
function damaged(choices: Choices, reply: Reply): Reply {
  if (!Array.isArray(reply)) return otherValue(choices, reply);
  const items = [...reply];
  const at = choices.below(items.length + 1);
  const item = items[at];
  if (item !== undefined && choices.chance(0.6)) {
    items[at] = damaged(choices, item);
    return items;
  }
  switch (choices.below(6)) {
    case 0:
      items.splice(at, choices.between(1, 2));
      break;
    case 1:
      items.splice(at, 0, choices.pick(ODDITIES));
      break;
    case 2:
      items.splice(choices.chance(0.5) ? at : items.length, 0, ...items.slice(at, at + 2));
      break;
    case 3:
      items.push(choices.pick(NAMES), choices.pick(ODDITIES));
      break;
    case 4:
      items.splice(at);
      break;
    default:
      return choices.pick(ODDITIES);
  }
  return items;
}

function otherValue(choices: Choices, reply: Reply): Reply {
  if (choices.chance(0.2)) return choices.pick(NAMES);
  if (Buffer.isBuffer(reply) && choices.chance(0.5)) {
    if (!reply.includes("# ")) return mutate(choices, reply).bytes;
    const line = Buffer.from(choices.pick(["\r\n# ", "\r\n", ":", ""]) + choices.pick(NAMES));
    const place = choices.below(reply.length);
    const bytes = Buffer.concat([reply.subarray(0, place), line, reply.subarray(place)]);
    return choices.chance(0.5) ? bytes : mutate(choices, bytes).bytes;
  }
  if (Buffer.isBuffer(reply) && choices.chance(0.3)) return reply.toString();
  return choices.pick(ODDITIES);
}
