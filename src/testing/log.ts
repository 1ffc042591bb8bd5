import { word } from "./arguments.ts";
import type { Client } from "./client.ts";
import { quote } from "./monitor.ts";

/** Called with a line of text whenever a client connects, disconnects or sends a command. */
export type Log = (line: string) => void;

/** How many bytes of an argument, and how many arguments, are shown. */
const MAX_ARGUMENT_LENGTH = 60;
const MAX_ARGUMENTS = 20;

export function commandLine(port: string, client: Client, args: readonly Buffer[]): string {
  const shown = args.slice(0, MAX_ARGUMENTS).map((arg, at) => (isSecret(args, at) ? "***" : show(arg)));
  if (args.length > MAX_ARGUMENTS) shown.push(`… ${args.length - MAX_ARGUMENTS} more`);
  return `${port} ${client.address} ${shown.join(" ")}`;
}

/** Shows simple words as they are, and anything else in quotes with escapes. */
function show(arg: Buffer): string {
  const part = quote(arg.subarray(0, MAX_ARGUMENT_LENGTH));
  const text = /^"[\w:./+-]+"$/.test(part) ? part.slice(1, -1) : part;
  return arg.length > MAX_ARGUMENT_LENGTH ? `${text}… (${arg.length} bytes)` : text;
}

/** Whether an argument is a password in AUTH or CONFIG SET requirepass. */
function isSecret(args: readonly Buffer[], at: number): boolean {
  if (at > 0 && word(args[0]) === "auth") return true;
  return at > 2 && word(args[0]) === "config" && word(args[2]) === "requirepass";
}
