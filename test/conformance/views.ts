import type { View } from "./script.ts";
import type { Wire } from "./wire.ts";

/** The names of nodes by id, and by what else identifies them: the first 8 digits of the ids, and ports. */
export type Names = ReadonlyMap<string, string>;

/** Replaces what differs in every run: ids, addresses and times. The TTL digits of a job id stay. */
export function normalise(reply: Wire, names: Names): Wire {
  if (typeof reply !== "string") return reply.map((element) => normalise(element, names));
  return reply
    .replace(/^\$\d+$/, (port) => `$${names.get(port.slice(1)) ?? port.slice(1)}`)
    .replace(
      /D-([0-9a-f]{8})-[A-Za-z0-9+/]{24}-([0-9a-f]{4})/g,
      (_, prefix, ttl) => `${names.get(prefix) ?? "<id"} ${ttl}>`,
    )
    .replace(/\b[0-9a-f]{40}\b/g, (id) => names.get(id) ?? "<node>")
    .replace(/127\.0\.0\.1:\d+/g, "<address>")
    .replace(/^:\d{19}$/, ":<nanoseconds>")
    .replace(/^:\d{10}$/, ":<seconds>")
    .replace(/^\+\d{10}\.\d{6} /, "+<time> ");
}

/** Changes a reply that is a single text. */
export function text(change: (text: string) => string): View {
  return (reply) => (typeof reply === "string" ? change(reply) : reply);
}

/** One element of an array, then one element of that element, and so on. */
export function at(...path: readonly number[]): View {
  return (reply) => path.reduce<Wire>((part, index) => part[index] ?? "", reply);
}

/** The whole reply as one text, to match a part of it. */
export function flat(reply: Wire): string {
  return JSON.stringify(reply);
}

/** For replies in no particular order. */
export const sorted: View = (reply) =>
  typeof reply === "string"
    ? reply
    : [...reply].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** The elements of a scan in order, and whether there are more. */
export const scanned: View = (reply) =>
  typeof reply === "string" ? reply : [reply[0] === "$0" ? "$0" : "$<cursor>", sorted(reply[1] ?? [])];

/** Only the number of elements. */
export const counted: View = (reply) => (typeof reply === "string" ? reply : `*${reply.length}`);

/** Omits the values of these fields from a flat array of names and values, if they are numbers. */
export function without(...names: readonly string[]): View {
  return (reply) =>
    typeof reply === "string"
      ? reply
      : reply.map((value, at) => {
          const name = reply[at - 1];
          const hidden = at % 2 === 1 && typeof name === "string" && names.includes(name.slice(1));
          return hidden && typeof value === "string" ? value.replace(/^:\d+$/, ":<number>") : value;
        });
}

/** Fields of SHOW that change while a script runs. */
export const job: View = without("ttl", "next-requeue-within", "next-awake-within");

/** Fields of QSTAT that change while a script runs. */
export const queue: View = without("age", "idle");

/** Only the names of the fields of a text of `name:value` or `name=value`. */
export const names: View = (reply) =>
  typeof reply === "string" ? reply.replace(/([a-z0-9_-]+)([:=])[^\r\n ]*/g, "$1$2") : reply;

/** Only these fields of an INFO text. */
export function fields(...wanted: readonly string[]): View {
  return (reply) =>
    typeof reply === "string"
      ? reply
          .slice(1)
          .split("\r\n")
          .filter((line) => wanted.includes(line.split(":")[0] ?? ""))
      : reply;
}

/** From SHOW: the state, both counters, and the nodes that may have copies and those that confirmed, in order. */
export const copy: View = (reply) =>
  typeof reply === "string"
    ? reply
    : [reply[5] ?? "", reply[17] ?? "", reply[19] ?? "", sorted(reply[21] ?? []), sorted(reply[23] ?? [])];

/** The same view of every element. */
export function every(view: View): View {
  return (reply) => (typeof reply === "string" ? reply : reply.map(view));
}

/** The sum of numbers. */
export const total: View = (reply) =>
  typeof reply === "string"
    ? reply
    : `:${reply.reduce<number>((sum, part) => sum + Number(String(part).slice(1)), 0)}`;

/** The nodes of HELLO in order. */
export const hello: View = (reply) =>
  typeof reply === "string" ? reply : [reply[0] ?? "", reply[1] ?? "", sorted(reply.slice(2))];

/** The priorities of HELLO by node. */
export const priorities: View = (reply) =>
  typeof reply === "string" ? reply : sorted(reply.slice(2).map((node) => `${node[0]} ${node[3]}`));

/** The lines of CLUSTER NODES in order, without the times of the last ping and pong. */
export const nodeLines: View = (reply) =>
  typeof reply === "string"
    ? sorted(
        reply
          .slice(1)
          .trim()
          .split("\n")
          .map((line) => line.replace(/ \d+ \d+ /, " <ping> <pong> ")),
      )
    : reply;
