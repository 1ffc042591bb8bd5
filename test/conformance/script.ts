import type { Wire } from "./wire.ts";

/** What a reply must be once it is normalised. */
export type Expected = string | RegExp | readonly Expected[];

/** How to normalise a reply: what differs in every run is replaced or omitted. */
export type View = (reply: Wire) => Wire;

/** Instead of a connection: the main connection of each node in turn, which yields an array of their replies. */
export const EACH = "each";

/**
 * One step of a script. Connections have names, and are opened when they are first named; "a@2" is a connection to
 * the second node. `{name}` in an argument is what an earlier step kept under that name.
 */
export type Step =
  | {
      readonly kind: "call";
      readonly on: string;
      readonly args: readonly (string | Buffer)[];
      readonly expected: Expected;
      readonly keep: string | null;
      readonly view: View | null;
      /** Repeat the command until the reply is as expected, since nodes need time to exchange messages. */
      readonly patient: boolean;
    }
  | { readonly kind: "send"; readonly on: string; readonly args: readonly (string | Buffer)[] }
  | { readonly kind: "write"; readonly on: string; readonly bytes: string }
  | { readonly kind: "receive"; readonly on: string; readonly expected: Expected; readonly view: View | null }
  | { readonly kind: "end"; readonly on: string }
  | { readonly kind: "reset"; readonly on: string }
  | { readonly kind: "closed"; readonly on: string; readonly expected: Expected }
  | { readonly kind: "wait"; readonly ms: number };

export interface Script {
  readonly name: string;
  readonly steps: readonly Step[];
}

type Line = string | readonly (string | Buffer)[];

export function script(name: string, ...steps: readonly Step[]): Script {
  return { name, steps };
}

/** Sends a command on connection `on` and compares its reply. */
export function callOn(on: string, line: Line, expected: Expected, view: View | null = null): Step {
  return { kind: "call", on, args: split(line), expected, keep: null, view, patient: false };
}

/** Repeats a command until its reply is as expected. */
export function eventually(on: string, line: Line, expected: Expected, view: View | null = null): Step {
  return { kind: "call", on, args: split(line), expected, keep: null, view, patient: true };
}

/** Sends a command on the main connection and compares its reply. */
export function call(line: Line, expected: Expected, view: View | null = null): Step {
  return callOn("main", line, expected, view);
}

/** Like {@link call}, and stores the first text of the reply under a name. */
export function keep(name: string, line: Line, expected: Expected, on = "main"): Step {
  return { kind: "call", on, args: split(line), expected, keep: name, view: null, patient: false };
}

/** Sends a command whose reply arrives later. */
export function sendOn(on: string, line: Line): Step {
  return { kind: "send", on, args: split(line) };
}

/** Writes raw bytes. */
export function write(on: string, bytes: string): Step {
  return { kind: "write", on, bytes };
}

export function receive(on: string, expected: Expected, view: View | null = null): Step {
  return { kind: "receive", on, expected, view };
}

/** Half-closes a connection. */
export function end(on: string): Step {
  return { kind: "end", on };
}

/** Resets a connection. */
export function reset(on: string): Step {
  return { kind: "reset", on };
}

/** The server closes a connection, after these unread bytes. */
export function closed(on: string, expected: Expected = ""): Step {
  return { kind: "closed", on, expected };
}

/** Lets time pass: real time for a real server, and the testing clock's for the testing server. */
export function wait(ms: number): Step {
  return { kind: "wait", ms };
}

function split(line: Line): readonly (string | Buffer)[] {
  return typeof line === "string" ? line.split(" ") : line;
}
