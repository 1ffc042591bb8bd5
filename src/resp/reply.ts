import type { ReplyError } from "./errors.ts";

/**
 * What a server can answer: a simple string is a `string`, a bulk string a `Buffer`, an integer a `number`, or
 * a `bigint` where a number would not be exact; both kinds of null are `null`. An error is a value like the others,
 * since it may stand inside an array.
 */
export type Reply = string | number | bigint | Buffer | null | ReplyError | Reply[];
