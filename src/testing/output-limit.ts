import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";

/** networking.c: the first bytes of the replies go into a fixed buffer of this size, which the limits ignore. */
const FIXED_BUFFER = 16 * 1024;
/**
 * How many bytes a client in MONITOR mode may leave unread, whatever `client-output-buffer-limit` says. The real server has no
 * limit by default and would run out of memory; this server shares its process with the tests.
 */
const MONITOR_LIMIT = 64 * 1024 * 1024;

/**
 * Whether to close a client because it does not read its replies: networking.c, checkClientOutputBufferLimits. Called
 * whenever a reply is added.
 */
export function exceedsOutputLimit(client: Client, config: Config, clock: Clock): boolean {
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
  const now = Math.floor(clock.now() / 1000);
  client.softLimitReached ??= now;
  return now - client.softLimitReached > seconds;
}
