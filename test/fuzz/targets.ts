import { parserTarget } from "./parser.ts";
import type { Target } from "./target.ts";

export const targets: readonly Target[] = [parserTarget()];

export function targetOf(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (found === undefined) {
    throw new TypeError(
      `there is no target ${name}, only ${targets.map((target) => target.name).join(", ")}`,
    );
  }
  return found;
}
