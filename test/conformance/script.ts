import type { Wire } from "./wire.ts";

/** What a reply must be after it was normalised. */
export type Expected = string | RegExp | readonly Expected[];

/** How to look at a reply: what no two runs have in common is replaced, or left out. */
export type View = (reply: Wire) => Wire;

/** In place of a connection: the main one to each node in turn, which gives an array of their replies. */
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
      /** Ask again until the reply is what is expected, since nodes need time to tell each other. */
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

/** Sends a command again and again, until its reply is what is expected. */
export function eventually(on: string, line: Line, expected: Expected, view: View | null = null): Step {
  return { kind: "call", on, args: split(line), expected, keep: null, view, patient: true };
}

/** Sends a command on the main connection and compares its reply. */
export function call(line: Line, expected: Expected, view: View | null = null): Step {
  return callOn("main", line, expected, view);
}

/** Like {@link call}, and keeps the first text of the reply under a name. */
export function keep(name: string, line: Line, expected: Expected, on = "main"): Step {
  return { kind: "call", on, args: split(line), expected, keep: name, view: null, patient: false };
}

/** Sends a command whose reply comes later. */
export function sendOn(on: string, line: Line): Step {
  return { kind: "send", on, args: split(line) };
}

/** Writes bytes as they are. */
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

/** Time passes: the real one for a real server, and the testing clock's for the testing server. */
export function wait(ms: number): Step {
  return { kind: "wait", ms };
}

function split(line: Line): readonly (string | Buffer)[] {
  return typeof line === "string" ? line.split(" ") : line;
}
