// Decodes replies to JavaScript values. `what` names the reply in the error that is thrown when it has an unexpected shape.

import { ProtocolError, type Reply, ReplyError } from "../resp/index.ts";

export type Fields = Readonly<Record<string, Reply>>;

/**
 * Maximum length of one text, in bytes: converting more would stall the event loop. The longest text is that of CLIENT LIST,
 * which has about 1.6 MiB with 10,000 clients.
 */
const MAX_TEXT = 16 * 1024 * 1024;
/** Maximum total length of the texts in one reply, in bytes. */
export const MAX_TEXTS: number = 32 * 1024 * 1024;
/**
 * Maximum number of lines in a text. CLIENT LIST has one line for each client; by default a server has at most 10,000 clients.
 */
const MAX_LINES = 16_384;
/** Maximum number of fields in one object: SHOW has 15, CONFIG GET about 35. */
export const MAX_FIELDS = 1_024;
/** Maximum length of a field's name, in bytes. */
export const MAX_NAME = 256;
/** Maximum length of a number, a cursor or a keyword, in bytes. */
const MAX_WORD = 64;

/** Decodes a text, which some servers send as a simple string and others as a bulk string. */
export function asText(what: string, reply: Reply | undefined, maxLength: number = MAX_TEXT): string {
  if (typeof reply !== "string" && !Buffer.isBuffer(reply)) throw unexpected(what, "a string", reply);
  if (reply.length > maxLength) throw tooMany(what, maxLength, "bytes");
  return typeof reply === "string" ? reply : reply.toString();
}

export function asBytes(what: string, reply: Reply | undefined): Buffer {
  if (Buffer.isBuffer(reply)) return reply;
  if (typeof reply === "string") return Buffer.from(reply);
  throw unexpected(what, "a bulk string", reply);
}

export function asNumber(what: string, reply: Reply | undefined): number {
  if (typeof reply === "number") return reply;
  throw unexpected(what, "an integer", reply);
}

export function asBigInt(what: string, reply: Reply | undefined): bigint {
  if (typeof reply === "number" || typeof reply === "bigint") return BigInt(reply);
  throw unexpected(what, "an integer", reply);
}

/** Decodes a short text. Throws if a bulk string is too long to be the expected value. */
function asWord(what: string, expected: string, reply: Reply | undefined): string {
  if (Buffer.isBuffer(reply) && reply.length > MAX_WORD) throw unexpected(what, expected, reply);
  return asText(what, reply);
}

/** Decodes a number that the server sends as a string. */
export function asNumberText(what: string, reply: Reply | undefined): number {
  const text = asWord(what, "a number", reply);
  if (!/^-?\d{1,15}$/.test(text)) throw unexpected(what, "a number", reply);
  return Number(text);
}

export function asArray(what: string, reply: Reply | undefined): readonly Reply[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected(what, "an array", reply);
}

export function asTexts(what: string, reply: Reply | undefined, maxLength?: number): string[] {
  const items = asArray(what, reply);
  return decodeEach(
    what,
    items,
    (item) => asText(what, item, maxLength),
    // Simple strings are already JavaScript strings.
    (text, item) => (typeof item === "string" ? 0 : text.length),
  );
}

/** Decodes each item. Throws if the texts of the reply together are too long to convert without stalling the event loop. */
export function decodeEach<Value>(
  what: string,
  items: readonly Reply[],
  decode: (item: Reply) => Value,
  textLength: (value: Value, item: Reply) => number,
): Value[] {
  let length = 0;
  return items.map((item) => {
    const value = decode(item);
    length += textLength(value, item);
    if (length > MAX_TEXTS) throw tooMany(what, MAX_TEXTS, "bytes of text");
    return value;
  });
}

export function asOk(what: string, reply: Reply): void {
  if (asText(what, reply) !== "OK") throw unexpected(what, "OK", reply);
}

export function nullOr<Value>(reply: Reply | undefined, decode: (reply: Reply) => Value): Value | null {
  return reply === null || reply === undefined ? null : decode(reply);
}

/** Decodes a flat array of keys and values. If a key is repeated, its last value is used. */
export function asFields(what: string, reply: Reply | undefined): Fields {
  const fields = emptyRecord<Reply>();
  eachField(what, asArray(what, reply), 0, (name, value) => {
    fields[name] = value;
  });
  return fields;
}

/** Calls `take` with each key and value of a flat array, starting at the index `start`. */
export function eachField(
  what: string,
  items: readonly Reply[],
  start: number,
  take: (name: string, value: Reply) => void,
): void {
  const count = items.length - start;
  if (count % 2 !== 0) throw unexpected(what, "pairs of a key and a value", items.slice(start));
  if (count > 2 * MAX_FIELDS) throw tooMany(what, MAX_FIELDS, "fields");
  for (let at = start; at < items.length; at += 2) {
    take(asText(what, items[at], MAX_NAME), items[at + 1] ?? null);
  }
}

/** The fields that are not in `known`: a server may send fields that this client does not know. */
export function otherFields(fields: Fields, known: readonly string[]): Fields {
  const others = emptyRecord<Reply>();
  for (const [key, value] of Object.entries(fields)) {
    if (!known.includes(key)) others[key] = value;
  }
  return others;
}

/** Yields the lines of a text, without their line ends. Empty lines are left out. */
export function* linesOf(what: string, text: string): Generator<string, void, undefined> {
  let count = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (end > start && ++count > MAX_LINES) throw tooMany(what, MAX_LINES, "lines");
    const line = text.slice(start, text[end - 1] === "\r" ? end - 1 : end);
    if (line !== "") yield line;
    start = end + 1;
  }
}

/** Adds the field in a text of the form `name<separator>value`, and returns the field's name. Ignores all other texts. */
export function addField(
  fields: Record<string, string>,
  text: string,
  separator: string,
): string | undefined {
  const end = text.indexOf(separator);
  if (end <= 0) return undefined;
  const name = text.slice(0, end);
  fields[name] = text.slice(end + 1);
  return name;
}

/** A record without a prototype, so that no key sent by a server has a special meaning. */
export function emptyRecord<Value>(): Record<string, Value> {
  return Object.create(null);
}

export function oneOf<Word extends string>(
  what: string,
  reply: Reply | undefined,
  words: readonly Word[],
): Word {
  const expected = `one of ${words.join(", ")}`;
  const text = asWord(what, expected, reply);
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw unexpected(what, expected, reply);
  return word;
}

/** Decodes a cursor. It stays text, since a number cannot hold every unsigned 64-bit integer. */
export function asCursor(what: string, reply: Reply | undefined): string {
  const text = asWord(what, "a cursor", reply);
  if (!/^\d{1,20}$/.test(text)) throw unexpected(what, "a cursor", reply);
  return text;
}

export function unexpected(what: string, expected: string, reply: Reply | undefined): ProtocolError {
  return new ProtocolError(`${what}: expected ${expected}, got ${kindOf(reply)}`);
}

export function tooMany(what: string, limit: number, unit: string): ProtocolError {
  return new ProtocolError(`${what}: more than the limit of ${limit} ${unit}`);
}

function kindOf(reply: Reply | undefined): string {
  if (reply === undefined) return "nothing";
  if (reply === null) return "null";
  if (reply instanceof ReplyError) return `the error ${reply.code}`;
  if (Buffer.isBuffer(reply)) return `a bulk string of ${reply.length} bytes`;
  if (Array.isArray(reply)) return `an array of ${reply.length}`;
  if (typeof reply === "string") return "a simple string";
  return Number.isSafeInteger(reply) ? `the integer ${reply}` : `${reply}, beyond the safe integers`;
}
