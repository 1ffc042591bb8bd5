import { randomInt } from "node:crypto";

/**
 * Linux, macOS and Windows begin at 32,768 or higher with what they give to outgoing connections, unless they are told
 * otherwise. One of these could have taken the port of a node
 * that is down, which is to come back there. Nodes of a cluster have another port, 10,000 higher.
 */
const FIRST = 16_384;
const END = 32_768;

/** So many ports in a row that are taken say that something else is wrong. */
export const ATTEMPTS = 100;

/** A port to try, which no outgoing connection is given. */
export function somePort(): number {
  return randomInt(FIRST, END);
}

/** Whether that is why a port could not be had. Windows has some that it keeps for itself. */
export function isTaken(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES")
  );
}
