import { AsciiReader, latin1Slice } from "../resp/ascii.ts";
import { bufferOf } from "../resp/view.ts";

/** Every id has so many characters (disque.h, JOB_ID_LEN). */
export const ID_LENGTH = 40;
/** What stands between the queue of a job and its id: CRLF, `$40`, CRLF. */
export const ID_HEADER_LENGTH = 7;

/** What stays in memory when the jobs are gone has so many bytes at most: as many as Node reads from a socket at a time. */
const SMALL = 65_536;

/** The id of a larger job is decoded alone: to decode what lies between such ids would take longer. */
const DENSE = 512;

/**
 * Ids are often read one after the other, in the order in which the jobs came, of several pages as well. What is decoded at once is
 * half of what a job keeps that is kept itself.
 */
const ids = new AsciiReader(SMALL / 2);

/** What jobs have in common that came in the same bytes: each of them is then no more than places in these. */
export class JobPage {
  /** Id of the node that handed them out. */
  readonly node: string;
  readonly bytes: Uint8Array;
  /** Where what had come of the bytes ended. */
  readonly limit: number;
  /** The memory of the bytes, and where in it they begin: a view of it is made twice as fast when neither has to be asked for. */
  readonly memory: ArrayBufferLike;
  readonly offset: number;
  readonly idLength: number;
  /** Whether it may stay in memory when its jobs are gone. */
  readonly isSmall: boolean;

  constructor(node: string, bytes: Uint8Array, limit: number, idLength: number = ID_LENGTH) {
    this.node = node;
    this.bytes = bytes;
    this.limit = limit;
    this.memory = bytes.buffer;
    this.offset = bytes.byteOffset;
    this.idLength = idLength;
    this.isSmall = this.memory.byteLength <= SMALL;
  }

  /** The id that is there, of a job of so many bytes. */
  id(start: number, size: number): string {
    const end = start + this.idLength;
    return this.isSmall && size <= DENSE
      ? ids.slice(this.bytes, start, end, this.limit)
      : latin1Slice.call(bufferOf(this.bytes), start, end);
  }
}
