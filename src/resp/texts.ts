import { latin1Slice } from "./ascii.ts";
import { endOfText, isText } from "./printable.ts";
import { bufferOf } from "./view.ts";

const PLUS = 43;
const CRLF = 0x0d0a;
/**
 * How many bytes are decoded at once. More would not make it faster here, and an id that is held for long holds them
 * (bench/NOTES.md).
 */
const WINDOW = 4_096;
/** A shorter text is not looked at eight bytes at a time. */
const SHORT = 8;

/**
 * Reads simple strings that follow each other and are replies by themselves, as those that answer with the ids of jobs. It does
 * what the parser's loop does with each, at two thirds of the cost (bench/NOTES.md); what it does not know or what is not whole
 * it leaves to that.
 */
export class TextsReader {
  /** How long the text before was: ids are all of one length, and it takes less to see that it is the same again. */
  #size = 0;
  /** What was decoded, of which the texts are slices. */
  #bytes: Uint8Array | undefined;
  #from = 0;
  #to = 0;
  #window = "";

  /** Gives those between `start` and `limit` to `onReply`, and where it stopped. `words` are the same bytes, which do not change any more up to there. */
  read(
    bytes: Uint8Array,
    words: DataView,
    start: number,
    limit: number,
    longestLine: number,
    onReply: (text: string) => void,
  ): number {
    // V8 is told that they have 32 bits (bench/NOTES.md).
    const length = limit | 0;
    const longest = longestLine | 0;
    let at = start | 0;
    let size = this.#size | 0;
    let from = this.#from;
    let window = this.#window;
    /** What is asked for first may be all that is asked for. */
    let isFirst = bytes !== this.#bytes || at < this.#from;
    let to = isFirst ? 0 : this.#to;
    while (length - at > 2 && bytes[at] === PLUS) {
      const first = at + 1;
      let end = first + size;
      if (size < SHORT || end > length - 2 || words.getInt16(end) !== CRLF || !isText(words, first, end)) {
        end = endOfText(bytes, words, first, length);
        if (end > length - 2 || words.getInt16(end) !== CRLF || end + 1 - at > longest) break;
        size = end - first;
      }
      if (end > to) {
        from = first;
        to = isFirst ? end : Math.max(end, Math.min(first + WINDOW, length));
        isFirst = false;
        window = latin1Slice.call(bufferOf(bytes), from, to);
      }
      at = end + 2;
      onReply(window.slice(first - from, end - from));
    }
    this.#size = size;
    this.#bytes = isFirst ? undefined : bytes;
    this.#from = from;
    this.#to = to;
    this.#window = window;
    return at;
  }
}
