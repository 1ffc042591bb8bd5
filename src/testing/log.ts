import { word } from "./arguments.ts";
import type { Client } from "./client.ts";
import { quote } from "./monitor.ts";

/** Gets a line of text for each client that comes or goes, and for each command. */
export type Log = (line: string) => void;

/** How much of an argument is shown, in bytes, and how many arguments. */
const LONGEST_ARGUMENT = 60;
const MOST_ARGUMENTS = 20;

export function commandLine(port: string, client: Client, args: readonly Buffer[]): string {
  const shown = args.slice(0, MOST_ARGUMENTS).map((arg, at) => (isSecret(args, at) ? "***" : show(arg)));
  if (args.length > MOST_ARGUMENTS) shown.push(`… ${args.length - MOST_ARGUMENTS} more`);
  return `${port} ${client.address} ${shown.join(" ")}`;
}

/** Words are shown as they are; anything else in quotes, with escapes. */
function show(arg: Buffer): string {
  const part = quote(arg.subarray(0, LONGEST_ARGUMENT));
  const text = /^"[\w:./+-]+"$/.test(part) ? part.slice(1, -1) : part;
  return arg.length > LONGEST_ARGUMENT ? `${text}… (${arg.length} bytes)` : text;
}

/** Passwords: what follows AUTH, and the value of CONFIG SET requirepass. */
function isSecret(args: readonly Buffer[], at: number): boolean {
  if (at > 0 && word(args[0]) === "auth") return true;
  return at > 2 && word(args[0]) === "config" && word(args[2]) === "requirepass";
}
