import type { Client } from "./client.ts";
import { Status } from "./reply.ts";
import type { ServerState } from "./state.ts";

/** Sends a command to all clients in MONITOR mode: server.c, replicationFeedMonitors. */
export function feedMonitors(state: ServerState, from: Client, args: readonly Buffer[]): void {
  const now = state.clock.now();
  const time = `${Math.floor(now / 1000)}.${String((now % 1000) * 1000).padStart(6, "0")}`;
  // The address of a unix socket ends in `:0`, which MONITOR does not show.
  const address = from.unix ? `unix:${from.address.slice(0, -2)}` : from.address;
  const line = new Status(`${time} [${address}] ${args.map(quote).join(" ")}`);
  for (const monitor of state.monitors) monitor.send(line);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\x07": "\\a",
  "\b": "\\b",
};

/** Quotes and escapes an argument: sds.c, sdscatrepr. */
export function quote(arg: Buffer): string {
  const quoted = arg.toString("latin1").replace(/[^ !#-[\]-~]/g, (character) => {
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${quoted}"`;
}
