// From replies to JavaScript's values. `what` names the reply in the error that is thrown when it has another shape.

import { ProtocolError, type Reply, ReplyError } from "../resp/index.ts";

export type Fields = Readonly<Record<string, Reply>>;

/** Servers differ in whether they send a text as a simple or as a bulk string. */
export function asText(what: string, reply: Reply | undefined): string {
  if (typeof reply === "string") return reply;
  if (Buffer.isBuffer(reply)) return reply.toString("utf8");
  throw unexpected(what, "a string", reply);
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

/** A number that the server writes as a string. */
export function asNumberText(what: string, reply: Reply | undefined): number {
  const text = asText(what, reply);
  if (!/^-?\d{1,15}$/.test(text)) throw unexpected(what, "a number", reply);
  return Number(text);
}

export function asArray(what: string, reply: Reply | undefined): readonly Reply[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected(what, "an array", reply);
}

export function asTexts(what: string, reply: Reply | undefined): string[] {
  return asArray(what, reply).map((item) => asText(what, item));
}

export function asOk(what: string, reply: Reply): void {
  if (asText(what, reply) !== "OK") throw unexpected(what, "OK", reply);
}

export function nullOr<Value>(reply: Reply | undefined, decode: (reply: Reply) => Value): Value | null {
  return reply === null || reply === undefined ? null : decode(reply);
}

/** A flat array of keys and values. The last value of a repeated key counts. */
export function asFields(what: string, reply: Reply | undefined): Fields {
  const items = asArray(what, reply);
  if (items.length % 2 !== 0) throw unexpected(what, "pairs of a key and a value", reply);
  const fields = emptyRecord<Reply>();
  for (let at = 0; at < items.length; at += 2) fields[asText(what, items[at])] = items[at + 1] ?? null;
  return fields;
}

/** The fields not in `known`: servers may add some. */
export function otherFields(fields: Fields, known: readonly string[]): Fields {
  const others = emptyRecord<Reply>();
  for (const [key, value] of Object.entries(fields)) {
    if (!known.includes(key)) others[key] = value;
  }
  return others;
}

/** Adds the field of a text `name<separator>value`; ignores other texts. */
export function addField(fields: Record<string, string>, text: string, separator: string): void {
  const end = text.indexOf(separator);
  if (end > 0) fields[text.slice(0, end)] = text.slice(end + 1);
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
  const text = asText(what, reply);
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw unexpected(what, `one of ${words.join(", ")}`, reply);
  return word;
}

/** A cursor, an unsigned 64-bit integer, as the server's own text. */
export function asCursor(what: string, reply: Reply | undefined): string {
  const text = asText(what, reply);
  if (!/^\d{1,20}$/.test(text)) throw unexpected(what, "a cursor", reply);
  return text;
}

export function unexpected(what: string, expected: string, reply: Reply | undefined): ProtocolError {
  return new ProtocolError(`${what}: expected ${expected}, got ${kindOf(reply)}`);
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
