import { randomInt } from "node:crypto";

/**
 * Linux, macOS and Windows by default assign ports from 32,768 or higher to outgoing connections. Servers use lower
 * ports, so that no outgoing connection takes the port of a node that is down and will restart.
 */
const FIRST_PORT = 16_384;
const END_PORT = 32_768;

/** If this many random ports in a row are taken, something else is wrong. */
export const ATTEMPTS = 100;

/** A random port from the range that is not used for outgoing connections. It may already be in use. */
export function somePort(): number {
  return randomInt(FIRST_PORT, END_PORT);
}

/** Whether listening failed because the port is taken, or because Windows reserves it (EACCES). */
export function isTaken(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES")
  );
}
