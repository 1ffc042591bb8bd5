import { Pieces } from "./pieces.ts";

/** What chunks leave unfinished is put together in blocks of so many bytes, many values in one where they are small. */
const BLOCK = 16_384;
/**
 * A value has its memory before its bytes come, which are copied while they are at hand, if it has so many bytes at most, or has
 * begun with one in so many: the last kilobytes that Node read from a socket, say, and not just an announcement.
 */
const AHEAD = 65_536;
const SHARE = 32;
/** So few bytes are copied faster one by one than by a call. */
const FEW = 32;

/** Of the class that all others are, so that V8 has but one to think of. */
const NOTHING = Buffer.alloc(0);

/**
 * The bytes at the end of the stream of which no value could be made yet, side by side with those that follow. Nothing is ever
 * written over, so that a value may be a view of them.
 */
export class Rest {
  /** How many bytes there are. */
  length = 0;
  /** How many the value will have; 0 while its line has not ended. */
  needed = 0;
  /** They are the last ones before `end` of these, unless there will be too many of them. */
  bytes: Buffer = NOTHING;
  end = 0;
  /** The same bytes. */
  words: DataView | undefined;
  #pieces: Pieces | undefined;

  /** How many more there is room for at their side. */
  get room(): number {
    return this.bytes.length - this.end;
  }

  /** Begins with what there is from `start` to `end`, of a value that will have `needed`. */
  keep(bytes: Uint8Array, start: number, end: number, needed: number): void {
    this.needed = needed;
    this.length = bytes === this.bytes && end === this.end ? end - start : 0;
    if (needed - this.length > this.room) this.#prepare(needed, end - start);
    if (this.length === 0) this.add(bytes, start, end);
  }

  /** Adds the bytes from `start` to `end`, which are not to change from now on. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const more = end - start;
    if (more > this.room) {
      if (this.#pieces !== undefined) {
        this.#pieces.add(bytes, start, end);
        this.length += more;
        return;
      }
      // A line that goes on and on is moved seldom.
      this.#move(Math.max(BLOCK, 2 * (this.length + more)));
    }
    const target = this.bytes;
    let to = this.end;
    if (more > FEW) target.set(bytes.subarray(start, end), to);
    else for (let at = start; at < end; at++) target[to++] = bytes[at] ?? 0;
    this.end += more;
    this.length += more;
  }

  /** Has all bytes where they are to be read. What of them is then not kept is forgotten. */
  take(): number {
    const { length } = this;
    if (this.#pieces !== undefined) {
      this.bytes = this.#pieces.join();
      this.words = undefined;
      this.end = length;
      this.#pieces = undefined;
    }
    this.length = 0;
    return this.end - length;
  }

  clear(): void {
    this.length = 0;
    this.bytes = NOTHING;
    this.words = undefined;
    this.end = 0;
    this.#pieces = undefined;
  }

  /** Lets go of memory that was made for one value. */
  trim(): void {
    if (this.length === 0 && this.bytes.length > BLOCK) this.clear();
  }

  /** For a value of so many bytes, `there` of which have come, and which has no room where it began. */
  #prepare(needed: number, there: number): void {
    if (needed <= Math.max(AHEAD, SHARE * there)) this.#move(needed > BLOCK / 2 ? needed : BLOCK);
    else {
      this.clear();
      this.#pieces = new Pieces();
    }
  }

  /** Goes on in other memory, of so many bytes. */
  #move(room: number): void {
    const bytes = Buffer.allocUnsafeSlow(room);
    bytes.set(this.bytes.subarray(this.end - this.length, this.end));
    this.bytes = bytes;
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = this.length;
  }
}
