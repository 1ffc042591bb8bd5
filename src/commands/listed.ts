// Arguments of which there may be any number, as one writes them: `(a, b)`, or `([a, b], options)`.

import type { CallOptions } from "./command.ts";

type List<Item> = readonly [items: readonly Item[], options?: CallOptions | undefined];

export function itemsOf<Item>(args: readonly Item[] | List<Item>): readonly Item[] {
  return isList(args) ? args[0] : args;
}

export function optionsOf<Item>(args: readonly Item[] | List<Item>): CallOptions | undefined {
  return isList(args) ? args[1] : undefined;
}

function isList<Item>(args: readonly Item[] | List<Item>): args is List<Item> {
  return Array.isArray(args[0]);
}
