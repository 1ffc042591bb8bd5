import { randomInt } from "node:crypto";

/**
 * Systems begin at 32,768 or higher with what they give to outgoing connections. One of these could have taken the port of a node
 * that is down, which is to come back there. Nodes of a cluster have another port, 10,000 higher.
 */
const FIRST = 16_384;
const END = 32_768;

/** A port to try, which no outgoing connection is given. */
export function somePort(): number {
  return randomInt(FIRST, END);
}
