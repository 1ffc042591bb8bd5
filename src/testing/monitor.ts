import type { Client } from "./client.ts";
import { Status } from "./reply.ts";
import type { ServerState } from "./state.ts";

/** Shows a command to all clients in MONITOR: server.c, replicationFeedMonitors. */
export function feedMonitors(state: ServerState, from: Client, args: readonly Buffer[]): void {
  const now = state.clock.now();
  const time = `${Math.floor(now / 1000)}.${String((now % 1000) * 1000).padStart(6, "0")}`;
  // On a unix socket the address ends in the port 0, which does not show here.
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

/** sds.c, sdscatrepr. */
export function quote(arg: Buffer): string {
  const quoted = arg.toString("latin1").replace(/[^ !#-[\]-~]/g, (character) => {
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${quoted}"`;
}
