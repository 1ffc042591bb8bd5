import type { Client } from "../client.ts";
import type { Node } from "../node.ts";
import type { Reply } from "../reply.ts";
import type { ServerState } from "../state.ts";

/** One command that a client sent. The name is among the arguments. */
export interface Call {
  readonly state: ServerState;
  readonly node: Node;
  readonly client: Client;
  readonly args: readonly [Buffer, ...Buffer[]];
}

/** An entry of server.c, serverCommandTable. */
export interface Command {
  readonly name: string;
  /** How many arguments it takes with its name; that many or more if negative. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** Gives the reply, or nothing where it comes later or never. */
  readonly run: (call: Call) => Reply | undefined;
}

/** In the order in which COMMAND shows them. */
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

/** One row of the table, with the flags as letters as server.c has them. */
export function command(name: string, arity: number, letters: string, run: Command["run"]): Command {
  const given = [...letters].map((letter) => LETTERS[letter]);
  return { name, arity, flags: COMMAND_FLAGS.filter((flag) => given.includes(flag)), run };
}

/** An argument that the arity says is there. */
export function argument(call: Call, at: number): Buffer {
  return call.args[at] ?? Buffer.alloc(0);
}
