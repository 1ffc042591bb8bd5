import type { CommandDefinition } from "../../src/commands/definition.ts";
import type { Argument } from "../../src/resp/index.ts";

/** The words and arguments that a call sends. */
export function wire<Args extends readonly unknown[]>(
  definition: CommandDefinition<Args, unknown>,
  ...args: Args
): Argument[] {
  return [...definition.encode(...args)];
}
