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
 * many of them: what it does not know goes the parser's usual way. Of the limits of the parser only the one on whole replies holds
 * for what it reads, and `longest`, which the reader keeps to.
 */
export interface ElementReader<Element> {
  /** Where the elements end that `read` has just read, if there were any. */
  readonly end: number;
  /**
   * Reads elements, of which the first begins at `start`, into `elements`, to the places from `from` to `count - 1`, and gives the
   * place of the first that it does not read: one that is not whole before `limit`, has more than `longest` bytes, or is of another
   * shape. The bytes from `limit` on mean nothing yet.
   */
  read(
    bytes: Uint8Array,
    start: number,
    limit: number,
    elements: Reply<Element>[],
    from: number,
    count: number,
    longest: number,
  ): number;
}
