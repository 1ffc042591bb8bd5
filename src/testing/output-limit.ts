import type { Client } from "./client.ts";
import type { Config } from "./config.ts";

/** networking.c: replies up to this size stand in a fixed buffer, which no limit counts. */
const FIXED_BUFFER = 16 * 1024;
/**
 * How much a client in MONITOR may leave unread, in bytes, whatever `client-output-buffer-limit` says. The real server
 * has no limit by default and would be ended by the operating system; this one shares its process with the tests.
 */
const MONITOR_LIMIT = 64 * 1024 * 1024;

/**
 * Whether a client is to be closed because it does not read its replies: networking.c, checkClientOutputBufferLimits.
 * Called whenever a reply is added, with the time in seconds.
 */
export function exceedsOutputLimit(client: Client, config: Config, now: number): boolean {
  const unread = client.output.length + client.link.unsent - FIXED_BUFFER;
  if (unread <= 0) {
    client.softLimitReached = null;
    return false;
  }
  if (client.monitoring && unread > MONITOR_LIMIT) return true;
  const [hard = 0, soft = 0, seconds = 0] = config
    .get("client-output-buffer-limit")
    .split(" ")
    .slice(1)
    .map(Number);
  if (hard > 0 && unread >= hard) return true;
  if (soft === 0 || unread < soft) {
    client.softLimitReached = null;
    return false;
  }
  client.softLimitReached ??= now;
  return now - client.softLimitReached > seconds;
}
