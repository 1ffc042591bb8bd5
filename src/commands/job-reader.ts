import type { ElementReader, Reply } from "../resp/index.ts";
import { Job } from "./job.ts";
import { ID_HEADER_LENGTH, ID_LENGTH, JobPage } from "./job-page.ts";
import { LengthLine } from "./length-line.ts";

/** `*3` and CRLF, as four bytes of a word. */
const ARRAY_OF_THREE = 0x2a330d0a;
/** What stands between the queue of a job and its id, CRLF, `$40`, CRLF, as two words that share a byte. */
const ID_HEADER = 0x0d0a2434;
const ID_HEADER_END = 0x34300d0a;
const CRLF = 0x0d0a;
const THREE = 51;

/** The bytes of a job whose queue and body are empty: `*3`, and three bulk strings. */
const SHORTEST = 63;
/** Those behind its id: CRLF, `$0`, CRLF, and the one of the body. */
const SHORTEST_END = 8;

/** The jobs of one reply are most often like those of the reply before, from whichever node. */
const queueLine = new LengthLine();
const bodyLine = new LengthLine();

/** The bytes that were read last, and the same as words of four: the next reply is often in them as well. */
let latestPage: JobPage | undefined;
let latestWords: DataView | undefined;
let latest: JobReader | undefined;

/**
 * Reads jobs of GETJOB and QPEEK as a server writes them: `[queue, id, body]`, all bulk strings. It makes no more of each than a
 * note of where its parts are, at a fraction of the cost of three buffers in an array (bench/NOTES.md). Whatever looks
 * different, jobs with counters among them, goes the usual way.
 */
export class JobReader implements ElementReader<Job> {
  end = 0;
  readonly #node: string;

  /** For replies of that node: mostly the one that the replies before came from. */
  static of(node: string): JobReader {
    if (latest === undefined || latest.#node !== node) latest = new JobReader(node);
    return latest;
  }

  /** `node`: id of the node that the reply comes from. */
  constructor(node: string) {
    this.#node = node;
  }

  read(
    bytes: Uint8Array,
    start: number,
    limit: number,
    jobs: Reply<Job>[],
    from: number,
    count: number,
    longest: number,
  ): number {
    let filled = from;
    let at = start;
    // Of jobs with counters not even a page is made.
    if (limit - at >= SHORTEST && bytes[at + 1] === THREE) {
      let page = latestPage;
      let words = latestWords;
      const isLatest = page?.bytes === bytes && page.limit === limit && page.node === this.#node;
      if (page === undefined || words === undefined || !isLatest) {
        page = new JobPage(this.#node, bytes, limit);
        words = new DataView(page.memory, page.offset, bytes.length);
        if (page.isSmall) {
          latestPage = page;
          latestWords = words;
        }
      }
      while (filled < count && limit - at >= SHORTEST && words.getInt32(at) === ARRAY_OF_THREE) {
        const queueStart = queueLine.endAt(words, at + 4, limit);
        const queueEnd = queueStart + queueLine.length;
        const idStart = queueEnd + ID_HEADER_LENGTH;
        const idEnd = idStart + ID_LENGTH;
        if (queueStart === 0 || limit - idEnd < SHORTEST_END || words.getInt16(idEnd) !== CRLF) break;
        if (words.getInt32(queueEnd) !== ID_HEADER || words.getInt32(queueEnd + 3) !== ID_HEADER_END) break;
        const bodyStart = bodyLine.endAt(words, idEnd + 2, limit);
        const bodyEnd = bodyStart + bodyLine.length;
        if (bodyStart === 0 || limit - bodyEnd < 2 || words.getInt16(bodyEnd) !== CRLF) break;
        if (bodyEnd + 2 - at > longest) break;
        jobs[filled++] = new Job(page, queueStart, idStart, bodyStart, bodyEnd);
        at = bodyEnd + 2;
      }
    }
    this.end = at;
    return filled;
  }
}
