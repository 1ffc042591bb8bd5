import { AsciiReader } from "../resp/ascii.ts";

/** Every id has so many characters (disque.h, JOB_ID_LEN). */
export const ID_LENGTH = 40;
/** What stands between the queue of a job and its id: CRLF, `$40`, CRLF. */
export const ID_HEADER_LENGTH = 7;

/** What stays in memory when the jobs are gone has so many bytes at most: as many as Node reads from a socket at a time. */
const SMALL = 65_536;

/** Ids are often read one after the other, in the order in which the jobs came, of several pages as well. */
const sharedIds = new AsciiReader();

let latest: JobPage | undefined;

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
  readonly #ids: AsciiReader;
  #words: DataView | undefined;

  constructor(node: string, bytes: Uint8Array, limit: number = bytes.length, idLength: number = ID_LENGTH) {
    this.node = node;
    this.bytes = bytes;
    this.limit = limit;
    this.memory = bytes.buffer;
    this.offset = bytes.byteOffset;
    this.idLength = idLength;
    this.#ids = this.memory.byteLength <= SMALL ? sharedIds : new AsciiReader();
  }

  /** That of the bytes that were looked at last, if these are the same. */
  static of(node: string, bytes: Uint8Array, limit: number): JobPage {
    if (latest?.bytes === bytes && latest.limit === limit && latest.node === node) return latest;
    const page = new JobPage(node, bytes, limit);
    if (page.#ids === sharedIds) latest = page;
    return page;
  }

  /** The bytes, four at a time: for who reads jobs, not for a job made of its parts. */
  get words(): DataView {
    this.#words ??= new DataView(this.memory, this.offset, this.bytes.length);
    return this.#words;
  }

  /** The id that is there. */
  id(start: number): string {
    return this.#ids.slice(this.bytes, start, start + this.idLength, this.limit);
  }
}
