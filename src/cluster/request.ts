import { setMaxListeners } from "node:events";
import type { Command, Resend } from "../commands/command.ts";
import type { JobRef } from "../commands/job.ts";
import type { Argument } from "../resp/index.ts";
import { slices } from "./slices.ts";

/**
 * How a call occupies its connection: not at all beyond its turn; for as long as a job takes to be replicated; or, for
 * itself alone, until there is something.
 */
export type Occupancy =
  | { readonly kind: "none" }
  | { readonly kind: "replicates"; readonly milliseconds: number }
  | { readonly kind: "waits"; readonly milliseconds: number };

/** What to send to a node, and what may be done with it. */
export interface Request {
  /** The command and its arguments. */
  readonly line: readonly Argument[];
  readonly occupancy: Occupancy;
  readonly resend: Resend;
  /** The server answers by closing the connection. */
  readonly hangsUp: boolean;
}

/** A call as its caller made it. */
export interface Call {
  readonly request: Request;
  readonly jobs: readonly JobRef[] | undefined;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds after which the caller wants to hear no more of it, if he said so. */
  readonly limit: number | undefined;
  /** The requests to make one after the other until one brings something, for a long wait. */
  readonly slices: () => Iterable<Request>;
}

/** Throws a `TypeError` or `RangeError` when an argument is bad, or the reason of a signal that is aborted. */
export function callOf<Args extends readonly unknown[]>(command: Command<Args, unknown>, args: Args): Call {
  const { wire, traits } = command;
  const line = [...wire, ...command.encode(...args)];
  const { signal, commandTimeout } = command.options?.(...args) ?? {};
  if (commandTimeout !== undefined && !(commandTimeout > 0)) {
    throw new RangeError(`commandTimeout must be a number above 0, not ${commandTimeout}`);
  }
  signal?.throwIfAborted();
  // Many calls may share a signal, and each takes its listeners away again: nothing for Node to warn of.
  if (signal !== undefined) setMaxListeners(0, signal);
  const milliseconds = traits.blocks?.(...args) ?? 0;
  const request: Request = {
    line,
    occupancy: occupancy(milliseconds, traits.replicates ?? false),
    resend: typeof traits.resend === "function" ? traits.resend(...args) : traits.resend,
    hangsUp: traits.hangsUp ?? false,
  };
  return {
    request,
    jobs: traits.jobs?.(...args),
    signal,
    limit: commandTimeout === undefined ? undefined : commandTimeout + milliseconds,
    *slices() {
      const { shorten } = traits;
      if (shorten === undefined || milliseconds === 0) {
        yield request;
        return;
      }
      for (const slice of slices(milliseconds)) {
        yield { ...request, line: [...wire, ...shorten(slice, ...args)], occupancy: occupancy(slice, false) };
      }
    },
  };
}

function occupancy(milliseconds: number, replicates: boolean): Occupancy {
  if (milliseconds === 0) return { kind: "none" };
  return { kind: replicates ? "replicates" : "waits", milliseconds };
}
