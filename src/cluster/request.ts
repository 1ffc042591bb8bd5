import type { Command } from "../commands/command.ts";
import type { Argument } from "../resp/index.ts";
import { slices } from "./slices.ts";

/** A part of a wait: what to send, and how many milliseconds the server may keep silent about it. */
export interface Wait {
  readonly line: readonly Argument[];
  readonly milliseconds: number;
}

/** One call, as it goes to a node. */
export interface Request {
  /** The command and its arguments. */
  readonly line: readonly Argument[];
  readonly signal: AbortSignal | undefined;
  /** Milliseconds after which the caller wants to hear no more of it, if he said so. */
  readonly limit: number | undefined;
  /** What to send one after the other until one brings something, if the server may keep the call waiting. */
  readonly waits: Iterable<Wait> | undefined;
  /** The server answers by closing the connection. */
  readonly hangsUp: boolean;
}

/** Throws a `TypeError` or `RangeError` when an argument is bad, or the reason of a signal that is aborted. */
export function requestOf<Args extends readonly unknown[]>(
  command: Command<Args, unknown>,
  args: Args,
): Request {
  const line = [...command.wire, ...command.encode(...args)];
  const { signal, commandTimeout } = command.options?.(...args) ?? {};
  signal?.throwIfAborted();
  const blocks = command.traits.blocks?.(...args) ?? 0;
  return {
    line,
    signal,
    limit: commandTimeout === undefined ? undefined : commandTimeout + blocks,
    waits: blocks > 0 ? waitsOf(command, args, line, blocks) : undefined,
    hangsUp: command.traits.hangsUp ?? false,
  };
}

function* waitsOf<Args extends readonly unknown[]>(
  command: Command<Args, unknown>,
  args: Args,
  line: readonly Argument[],
  blocks: number,
): Generator<Wait> {
  const { shorten } = command.traits;
  if (shorten === undefined) {
    yield { line, milliseconds: blocks };
    return;
  }
  for (const milliseconds of slices(blocks)) {
    yield { line: [...command.wire, ...shorten(milliseconds, ...args)], milliseconds };
  }
}
