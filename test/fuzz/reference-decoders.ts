// A second implementation of the decoders: it works from descriptions of the fields, and does not stop at the first fault.

import { type Reply, ReplyError } from "../../src/resp/index.ts";

/** The value, or the names of all faulty fields; the decoder's error must name one of them. */
export type Decoded<Value = unknown> =
  | { readonly value: Value; readonly wrong: null }
  | { readonly wrong: readonly string[] };

type Properties = Readonly<Record<string, unknown>>;

export type Kind =
  | "text"
  | "bytes"
  | "integer"
  | "exact integer"
  | "any integer"
  | "time or null"
  | "node id"
  | "short text"
  | "short texts"
  | "text or null"
  | "bytes or null"
  | "number as text"
  | "texts"
  | "job state"
  | "pause state";

export interface Field {
  /** The server's name, or the one in errors if the field has no name on the wire. */
  readonly name: string;
  readonly property: string;
  readonly kind: Kind;
  /** A value that a server may send. */
  readonly sample: Reply;
}

const WORDS: Partial<Readonly<Record<Kind, readonly string[]>>> = {
  "job state": ["wait-repl", "active", "queued", "acked"],
  "pause state": ["none", "in", "out", "all"],
};

/** The maximum length of ids and of other short texts, and that of the name of a field. */
const SHORT = 64;
const LONGEST_NAME = 256;
const ID = "D-dcb833cf-8YL1NT17e9+wsA/09NqxscQI-05a1";
const NODE = "dcb833cf8f42fbb7924d92335ff6d67d3cea6e3d";
const bulk = (text: string): Buffer => Buffer.from(text);

export const jobFields: readonly Field[] = [
  { name: "id", property: "id", kind: "short text", sample: bulk(ID) },
  { name: "queue", property: "queue", kind: "text or null", sample: bulk("mail") },
  { name: "state", property: "state", kind: "job state", sample: bulk("active") },
  { name: "repl", property: "repl", kind: "any integer", sample: 3 },
  { name: "ttl", property: "ttl", kind: "any integer", sample: 86_400 },
  { name: "ctime", property: "ctime", kind: "exact integer", sample: 1_764_000_000_123_456_789n },
  { name: "delay", property: "delay", kind: "any integer", sample: 0 },
  { name: "retry", property: "retry", kind: "any integer", sample: 300 },
  { name: "nacks", property: "nacks", kind: "integer", sample: 1 },
  { name: "additional-deliveries", property: "additionalDeliveries", kind: "integer", sample: 2 },
  { name: "nodes-delivered", property: "nodesDelivered", kind: "short texts", sample: [bulk(NODE), "x"] },
  { name: "nodes-confirmed", property: "nodesConfirmed", kind: "short texts", sample: [] },
  { name: "next-requeue-within", property: "nextRequeueWithin", kind: "time or null", sample: 299_000 },
  { name: "next-awake-within", property: "nextAwakeWithin", kind: "time or null", sample: null },
  { name: "body", property: "body", kind: "bytes or null", sample: Buffer.of(0, 255, 13, 10) },
];

export const queueFields: readonly Field[] = [
  { name: "name", property: "name", kind: "text", sample: bulk("mail") },
  { name: "len", property: "len", kind: "integer", sample: 7 },
  { name: "age", property: "age", kind: "integer", sample: 100 },
  { name: "idle", property: "idle", kind: "integer", sample: 1 },
  { name: "blocked", property: "blocked", kind: "integer", sample: 0 },
  { name: "import-from", property: "importFrom", kind: "texts", sample: [bulk(NODE)] },
  { name: "import-rate", property: "importRate", kind: "integer", sample: 5 },
  { name: "jobs-in", property: "jobsIn", kind: "integer", sample: 107 },
  { name: "jobs-out", property: "jobsOut", kind: "integer", sample: 100 },
  { name: "pause", property: "pause", kind: "pause state", sample: bulk("none") },
];

export const helloFields: readonly Field[] = [
  { name: "version of HELLO", property: "version", kind: "integer", sample: 1 },
  { name: "id of a node", property: "id", kind: "node id", sample: bulk(NODE) },
];

export const helloNodeFields: readonly Field[] = [
  { name: "id of a node", property: "id", kind: "node id", sample: bulk(NODE) },
  { name: "host of a node", property: "host", kind: "text", sample: bulk("127.0.0.1") },
  { name: "port of a node", property: "port", kind: "number as text", sample: bulk("7711") },
  { name: "priority of a node", property: "priority", kind: "number as text", sample: bulk("1") },
];

/** Keys and values in turn. The last value of a repeated key counts; unknown keys are kept. */
export function decodeFields(what: string, fields: readonly Field[], reply: Reply): Decoded<Properties> {
  if (!Array.isArray(reply)) return { wrong: [what] };
  const given = new Map<string, Reply>();
  for (let at = 0; at < reply.length; at += 2) {
    const name = reply[at];
    const key = hasAtMost(LONGEST_NAME, name) ? textOf(name) : undefined;
    const value = reply[at + 1];
    if (key === undefined || value === undefined) return { wrong: [what] };
    given.set(key, value);
  }
  const known = new Set(fields.map(({ name }) => name));
  const others: Record<string, Reply> = Object.create(null);
  for (const [key, value] of given) if (!known.has(key)) others[key] = value;
  return together(
    fields,
    fields.map(({ name }) => given.get(name)),
    { others },
  );
}

function hasAtMost(length: number, reply: Reply | undefined): boolean {
  return (typeof reply === "string" || Buffer.isBuffer(reply)) && reply.length <= length;
}

/** Values by position; further ones are ignored. */
function decodePlaces(what: string, fields: readonly Field[], reply: Reply | undefined): Decoded<Properties> {
  if (!Array.isArray(reply)) return { wrong: [what] };
  return together(
    fields,
    fields.map((_field, at) => reply[at]),
    {},
  );
}

export function decodeHello(reply: Reply): Decoded {
  const items = Array.isArray(reply) ? reply.slice(2) : [];
  return merged(
    decodePlaces("HELLO", helloFields, reply),
    list(items.map((item) => decodePlaces("node in HELLO", helloNodeFields, item))),
    (own, nodes) => ({ ...own, nodes }),
  );
}

/** A page of QSCAN or JSCAN: the next cursor, and what was found. */
export function decodePage(
  command: string,
  what: string,
  property: string,
  decodeItem: (reply: Reply) => Decoded,
  reply: Reply,
): Decoded {
  if (!Array.isArray(reply)) return { wrong: [command] };
  const [cursor, found] = reply;
  return merged(
    decodeCursor(`cursor of ${command}`, cursor),
    Array.isArray(found) ? list(found.map(decodeItem)) : { wrong: [what] },
    (text, items) => ({ cursor: text, node: "node", [property]: items }),
  );
}

function decodeCursor(name: string, reply: Reply | undefined): Decoded<string> {
  const value = textOf(reply);
  return value !== undefined && /^[0-9]{1,20}$/.test(value) ? { value, wrong: null } : { wrong: [name] };
}

export function decodeJobId(reply: Reply): Decoded {
  const value = readAs("short text", reply);
  return value === undefined ? { wrong: ["job id"] } : { value, wrong: null };
}

export function decodeText(name: string, reply: Reply | undefined): Decoded<string> {
  const value = textOf(reply);
  return value === undefined ? { wrong: [name] } : { value, wrong: null };
}

/** Sections that begin with `# Name`, and consist of lines `field:value`. */
export function decodeInfo(reply: Reply): Decoded {
  const text = textOf(reply);
  if (text === undefined) return { wrong: ["INFO"] };
  const sections: Record<string, Record<string, string>> = Object.create(null);
  let fields: Record<string, string> | undefined;
  for (const line of text.split("\n").map((each) => each.replace(/\r$/, ""))) {
    const [, name] = /^# (.*)$/s.exec(line) ?? [];
    if (name !== undefined) sections[name.toLowerCase()] = fields = Object.create(null);
    const [, field, value] = /^([^:]+):(.*)$/s.exec(line) ?? [];
    if (name === undefined && fields && field !== undefined && value !== undefined) fields[field] = value;
  }
  return { value: sections, wrong: null };
}

function together(
  fields: readonly Field[],
  replies: readonly (Reply | undefined)[],
  more: Properties,
): Decoded<Properties> {
  const value: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [at, { name, property, kind }] of fields.entries()) {
    const found = readAs(kind, replies[at]);
    if (found === undefined) wrong.push(name);
    else value[property] = found;
  }
  return wrong.length > 0 ? { wrong } : { value: { ...value, ...more }, wrong: null };
}

/** `undefined` if the value has another type. */
function readAs(kind: Kind, reply: Reply | undefined): unknown {
  if (kind.endsWith(" or null") && (reply === undefined || reply === null)) return null;
  switch (kind) {
    case "integer":
      return typeof reply === "number" ? reply : undefined;
    case "exact integer":
      return typeof reply === "number" || typeof reply === "bigint" ? BigInt(reply) : undefined;
    case "any integer":
      return typeof reply === "number" || typeof reply === "bigint" ? Number(reply) : undefined;
    case "time or null":
      // No job lives longer than 2^31 - 1 seconds, so a longer time was never set.
      if (typeof reply !== "number" && typeof reply !== "bigint") return undefined;
      return Math.abs(Number(reply)) > 2 ** 31 * 1_000 ? null : Number(reply);
    case "node id": {
      const id = textOf(reply);
      return id !== undefined && /^[0-9a-f]{40}$/.test(id) ? id : undefined;
    }
    case "short text":
      return hasAtMost(SHORT, reply) ? textOf(reply) : undefined;
    case "short texts": {
      if (!Array.isArray(reply)) return undefined;
      const texts = reply.map((item) => readAs("short text", item));
      return texts.includes(undefined) ? undefined : texts;
    }
    case "bytes":
    case "bytes or null":
      return typeof reply === "string" ? Buffer.from(reply) : Buffer.isBuffer(reply) ? reply : undefined;
    case "number as text": {
      const text = textOf(reply);
      return text !== undefined && /^-?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
    }
    case "texts": {
      if (!Array.isArray(reply)) return undefined;
      const texts = reply.map(textOf);
      return texts.includes(undefined) ? undefined : texts;
    }
    case "job state":
    case "pause state":
      return WORDS[kind]?.find((word) => word === textOf(reply));
    default:
      return textOf(reply);
  }
}

function textOf(reply: Reply | undefined): string | undefined {
  if (reply instanceof ReplyError) return undefined;
  if (typeof reply === "string") return reply;
  return Buffer.isBuffer(reply) ? reply.toString() : undefined;
}

function list<Value>(items: readonly Decoded<Value>[]): Decoded<Value[]> {
  const wrong = items.flatMap((item) => item.wrong ?? []);
  if (wrong.length > 0) return { wrong };
  return { value: items.flatMap((item) => (item.wrong === null ? [item.value] : [])), wrong: null };
}

function merged<One, Other>(
  one: Decoded<One>,
  other: Decoded<Other>,
  merge: (one: One, other: Other) => unknown,
): Decoded {
  if (one.wrong === null && other.wrong === null) {
    return { value: merge(one.value, other.value), wrong: null };
  }
  return { wrong: [...(one.wrong ?? []), ...(other.wrong ?? [])] };
}
