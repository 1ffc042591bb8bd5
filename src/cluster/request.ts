import { setMaxListeners } from "node:events";
import * as check from "../commands/arguments.ts";
import type { Command, Resend } from "../commands/command.ts";
import type { JobRef } from "../commands/job.ts";
import type { Argument } from "../resp/index.ts";
import { slices } from "./slices.ts";

/**
 * How a call occupies its connection: not at all beyond its turn, though its reply may bring jobs that must not get lost;
 * for as long as a job takes to be replicated; or, for itself alone, until there is something.
 */
export type Occupancy =
  | { readonly kind: "none" }
  | { readonly kind: "fetches" }
  | { readonly kind: "replicates"; readonly milliseconds: number }
  | { readonly kind: "waits"; readonly milliseconds: number };

/** What to send to a node, and what may be done with it. */
export interface Request {
  /** The command and its arguments. */
  readonly line: readonly Argument[];
  readonly occupancy: Occupancy;
  readonly resend: Resend;
  /** It is about a job that only some nodes have a copy of, so that another node's answer would be worth nothing. */
  readonly bound: boolean;
  /** The server answers by closing the connection. */
  readonly hangsUp: boolean;
}

/** A call as its caller made it. */
export interface Call {
  readonly request: Request;
  readonly jobs: readonly JobRef[] | undefined;
  /** Id of the only node that it may go to. */
  readonly node: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds after which the caller wants to hear no more of it, if he said so. */
  readonly limit: number | undefined;
  /** The requests to make one after the other until one brings something, if it is one that waits. */
  readonly slices: (() => Iterable<Request>) | undefined;
}

const NONE: Occupancy = { kind: "none" };
const FETCHES: Occupancy = { kind: "fetches" };

/** Throws a `TypeError` or `RangeError` when an argument is bad, or the reason of a signal that is aborted. */
export function callOf<Args extends readonly unknown[]>(command: Command<Args, unknown>, args: Args): Call {
  const { wire, traits } = command;
  const { signal, commandTimeout } = check.callOptions(command.options?.(...args));
  const line = joined(wire, command.encode(...args));
  if (signal !== undefined) {
    signal.throwIfAborted();
    // Many calls may share a signal, and each takes its listeners away again: nothing for Node to warn of.
    setMaxListeners(0, signal);
  }
  const milliseconds = traits.blocks?.(...args) ?? 0;
  const resend = typeof traits.resend === "function" ? traits.resend(...args) : traits.resend;
  const request: Request = {
    line,
    occupancy: occupancyOf(command, milliseconds),
    resend,
    bound: traits.jobs !== undefined && resend !== "any-node",
    hangsUp: traits.hangsUp ?? false,
  };
  return {
    request,
    jobs: traits.jobs?.(...args),
    node: traits.node?.(...args),
    signal,
    limit: commandTimeout === undefined ? undefined : commandTimeout + milliseconds,
    slices: request.occupancy.kind === "waits" ? slicesOf(command, args, request, milliseconds) : undefined,
  };
}

/** What `[...first, ...second]` is, in two thirds of the time: room is made but once. */
function joined(first: readonly Argument[], second: readonly Argument[]): Argument[] {
  const all = new Array<Argument>(first.length + second.length);
  let at = 0;
  for (const each of first) all[at++] = each;
  for (const each of second) all[at++] = each;
  return all;
}

/** Apart from `callOf`, which would else make what a closure needs for each call. */
function slicesOf<Args extends readonly unknown[]>(
  command: Command<Args, unknown>,
  args: Args,
  request: Request,
  milliseconds: number,
): Call["slices"] {
  return () => sliced(command, args, request, milliseconds);
}

function* sliced<Args extends readonly unknown[]>(
  command: Command<Args, unknown>,
  args: Args,
  request: Request,
  milliseconds: number,
): Generator<Request> {
  const { shorten } = command.traits;
  if (shorten === undefined) {
    yield request;
    return;
  }
  for (const slice of slices(milliseconds)) {
    yield {
      ...request,
      line: [...command.wire, ...shorten(slice, ...args)],
      occupancy: occupancyOf(command, slice),
    };
  }
}

function occupancyOf<Args extends readonly unknown[]>(
  { fetched, traits }: Command<Args, unknown>,
  milliseconds: number,
): Occupancy {
  if (milliseconds === 0) return fetched === undefined ? NONE : FETCHES;
  return { kind: traits.replicates ? "replicates" : "waits", milliseconds };
}
