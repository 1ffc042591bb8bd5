import type { Client } from "../client.ts";
import type { Node } from "../node.ts";
import type { Reply } from "../reply.ts";
import type { ServerState } from "../state.ts";

/** One command sent by a client. The first argument is the name of the command. */
export interface Call {
  readonly state: ServerState;
  readonly node: Node;
  readonly client: Client;
  readonly args: readonly [Buffer, ...Buffer[]];
}

/** An entry of the command table (serverCommandTable in Disque's server.c). */
export interface Command {
  readonly name: string;
  /** The number of arguments, including the name. A negative number is a minimum. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** Returns the reply, or undefined when it is sent later or never. */
  readonly run: (call: Call) => Reply | undefined;
}

/** The flags, in the order in which COMMAND shows them. */
export const COMMAND_FLAGS = ["write", "readonly", "denyoom", "admin", "loading", "fast"] as const;

export type CommandFlag = (typeof COMMAND_FLAGS)[number];

const LETTERS: Readonly<Record<string, CommandFlag>> = {
  w: "write",
  r: "readonly",
  m: "denyoom",
  a: "admin",
  l: "loading",
  F: "fast",
};

/** Creates an entry of the command table. The flags are given as letters, as in server.c. */
export function command(name: string, arity: number, letters: string, run: Command["run"]): Command {
  const given = [...letters].map((letter) => LETTERS[letter]);
  return { name, arity, flags: COMMAND_FLAGS.filter((flag) => given.includes(flag)), run };
}

/** Returns an argument that is known to be present, because the number of arguments has been checked. */
export function argument(call: Call, at: number): Buffer {
  return call.args[at] ?? Buffer.alloc(0);
}
