import { decodersTarget } from "./decoders.ts";
import { parserTarget } from "./parser.ts";
import { readerTarget } from "./reader.ts";
import { roundTripTarget } from "./round-trip.ts";
import { serverTarget } from "./server.ts";
import type { Target } from "./target.ts";

export const targets: readonly Target[] = [
  parserTarget(),
  roundTripTarget,
  readerTarget,
  decodersTarget,
  serverTarget,
];

export function targetOf(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (found === undefined) {
    throw new TypeError(
      `there is no target ${name}, only ${targets.map((target) => target.name).join(", ")}`,
    );
  }
  return found;
}
