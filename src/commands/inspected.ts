import type { InspectOptions, inspect } from "node:util";

/** What `console.log` shows of the objects of a class, instead of their properties. */
export function inspectedAs<Self>(
  prototype: Self,
  text: (this: Self, depth: number, options: InspectOptions, show: typeof inspect) => string,
): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), { value: text });
}
