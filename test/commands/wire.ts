import type { Command } from "../../src/commands/command.ts";
import type { Argument } from "../../src/resp/index.ts";

/** All the words that a call would send. */
export function wire<Args extends readonly unknown[]>(
  command: Command<Args, unknown>,
  ...args: Args
): Argument[] {
  return [...command.wire, ...command.encode(...args)];
}
