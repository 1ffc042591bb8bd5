import type { View } from "./script.ts";
import type { Wire } from "./wire.ts";

/** Replaces what differs in every run: ids, addresses and times. The digits of a job's time to live stay. */
export function normalise(reply: Wire): Wire {
  if (typeof reply !== "string") return reply.map(normalise);
  return reply
    .replace(/D-[0-9a-f]{8}-[A-Za-z0-9+/]{24}-([0-9a-f]{4})/g, "<id $1>")
    .replace(/\b[0-9a-f]{40}\b/g, "<node>")
    .replace(/127\.0\.0\.1:\d+/g, "<address>")
    .replace(/^:\d{19}$/, ":<nanoseconds>")
    .replace(/^:\d{10}$/, ":<seconds>")
    .replace(/^\+\d{10}\.\d{6} /, "+<time> ");
}

/** Changes a reply that is one text. */
export function text(change: (text: string) => string): View {
  return (reply) => (typeof reply === "string" ? change(reply) : reply);
}

/** One element of an array, and of the array in it, and so on. */
export function at(...path: readonly number[]): View {
  return (reply) => path.reduce<Wire>((part, index) => part[index] ?? "", reply);
}

/** The whole reply as one text, to be matched in part. */
export function flat(reply: Wire): string {
  return JSON.stringify(reply);
}

/** For replies in no particular order. */
export const sorted: View = (reply) =>
  typeof reply === "string"
    ? reply
    : [...reply].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** The elements of a scan in order, and whether there is more. */
export const scanned: View = (reply) =>
  typeof reply === "string" ? reply : [reply[0] === "$0" ? "$0" : "$<cursor>", sorted(reply[1] ?? [])];

/** Only how many elements there are. */
export const counted: View = (reply) => (typeof reply === "string" ? reply : `*${reply.length}`);

/** Leaves out the values of these fields of a flat array of names and values, where they are numbers. */
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

/** What moves while a script runs in SHOW. */
export const job: View = without("ttl", "next-requeue-within", "next-awake-within");

/** What moves in QSTAT. */
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
