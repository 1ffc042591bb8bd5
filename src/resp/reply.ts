import type { ReplyError } from "./errors.ts";

/**
 * What a server can answer: a simple string is a `string`, a bulk string a `Buffer`, an integer a `number`, or
 * a `bigint` where a number would not be exact; both kinds of null are `null`. An error is a value like the others,
 * since it may stand inside an array. `Element` is what an `ElementReader` makes of the elements of arrays.
 */
export type Reply<Element = never> =
  | string
  | number
  | bigint
  | Buffer
  | null
  | ReplyError
  | Element
  | Reply<Element>[];

/**
 * Reads the elements of a reply straight from its bytes, where the replies to a command are all of one shape and there are
 * many of them: what it does not know goes the parser's usual way. Of the limits of the parser only those on bulk strings and
 * on whole replies hold for what it reads.
 */
export interface ElementReader<Element> {
  /** Where the element that was read last ends. */
  readonly end: number;
  /**
   * The element that begins at `start`; `undefined` if it is not whole before `limit`, or of another shape. The bytes from `limit`
   * on mean nothing yet.
   */
  read(bytes: Uint8Array, start: number, limit: number): Element | undefined;
}
