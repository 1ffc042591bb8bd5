import type { Reply } from "./reply.ts";

/** An array that is open, while one of its own elements is. */
export interface OpenArray<Element> {
  readonly items: Reply<Element>[];
  /** How many of them are there, and how many there will be. */
  readonly filled: number;
  readonly wanted: number;
}
