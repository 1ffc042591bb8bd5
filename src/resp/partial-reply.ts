/** Size of the blocks that small values share, in bytes. It bounds the memory that one small value can keep alive. */
const BLOCK_LENGTH = 4_096;
/** Memory for a bulk string of up to this many bytes is allocated as soon as its length is announced. */
const TRUSTED_LENGTH = 65_536;
/**
 * For a longer bulk string, we allocate at most this many times the bytes that have arrived: an announced length alone must not
 * make us allocate memory. Until this is enough for the whole string, the string is kept in parts, which are joined later.
 */
const TRUSTED_FACTOR = 4;
/** Maximum length of a part that collects small chunks, in bytes. */
const MAX_PART_LENGTH = 1_048_576;
/** For up to this many bytes, a loop is faster than `set` and `indexOf`. */
const FEW_BYTES = 32;

const LF = 10;
const NOTHING = Buffer.alloc(0);

/**
 * The incomplete value at the end of the stream: a line, or a bulk string with its header. Its bytes are copied, except large
 * chunks that contain nothing else: they become parts of a long string. Memory is never reused, so replies may be views of it.
 */
export class PartialReply {
  /** The value is `bytes` from `start` to `end`, after the parts. */
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;
  /** How many bytes the whole value has; 0 while its line is incomplete. */
  #expected = 0;
  /** Earlier parts of a long string. They are joined once the memory for the whole string is allocated. */
  #parts: Buffer[] = [];
  #partsLength = 0;

  /** How many bytes have arrived. */
  get length(): number {
    return this.#partsLength + this.end - this.start;
  }

  /** The minimum length of the value, in bytes. */
  get leastLength(): number {
    return Math.max(this.length, this.#expected);
  }

  /** Whether the value is still a line: its first line is incomplete, so its length is not known yet. */
  get isLine(): boolean {
    return this.#expected === 0;
  }

  get isComplete(): boolean {
    return this.isLine ? this.bytes[this.end - 1] === LF : this.length === this.#expected;
  }

  /** The memory for the missing bytes of a long string, if it is allocated and at least `least` bytes are missing. */
  roomFor(least: number): Buffer | undefined {
    const missing = this.#expected - this.length;
    const isAllocated = missing > 0 && this.end + missing <= this.bytes.length;
    return isAllocated && missing >= least ? this.bytes.subarray(this.end, this.end + missing) : undefined;
  }

  /** Begins a value with the bytes from `start` to `end`. `expected` is the length of the value, or 0 while it is unknown. */
  keep(bytes: Buffer, start: number, end: number, expected: number): void {
    this.#expected = expected;
    const isHere = bytes === this.bytes && end === this.end;
    this.start = isHere ? start : this.end;
    if (this.start + expected > this.bytes.length) {
      const room = this.#lengthToAllocate(isHere ? 0 : end - start);
      if (room > 0) this.#join(room);
    }
    if (!isHere) this.#append(bytes, start, end);
  }

  /** Appends bytes from `start` up to the end of the value or of the chunk, and returns that position. */
  appendFrom(chunk: Buffer, start: number): number {
    const rest = this.isLine ? lineLength(chunk, start) : this.#expected - this.length;
    const end = Math.min(start + rest, chunk.length);
    this.#append(chunk, start, end);
    return end;
  }

  /** Forgets the value after it was read. */
  finish(): void {
    this.start = this.end;
    this.#expected = 0;
    // The memory of a large value is used for that value only.
    if (this.bytes.length > BLOCK_LENGTH) this.clear();
  }

  clear(): void {
    this.bytes = NOTHING;
    this.start = 0;
    this.end = 0;
    this.#expected = 0;
    if (this.#parts.length > 0) this.#parts = [];
    this.#partsLength = 0;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const count = end - start;
    if (this.end + count > this.bytes.length) {
      const room = this.#lengthToAllocate(count);
      if (room > 0) this.#join(room);
      else if (count >= BLOCK_LENGTH && count === bytes.length) {
        this.#beginPart(bytes, count);
        return;
      } else {
        const length = Math.min(this.length + count, MAX_PART_LENGTH);
        this.#beginPart(Buffer.allocUnsafeSlow(Math.max(count, BLOCK_LENGTH, length)), 0);
      }
    }
    const target = this.bytes;
    const from = this.end;
    if (count > FEW_BYTES) {
      if (!isSameMemory(bytes, start, target, from)) target.set(bytes.subarray(start, end), from);
    } else for (let index = 0; index < count; index++) target[from + index] = bytes[start + index] ?? 0;
    this.end = from + count;
  }

  /**
   * How much memory to allocate for the value when `count` more bytes have arrived; 0 if it is a long string of which too few
   * bytes have arrived.
   */
  #lengthToAllocate(count: number): number {
    const length = this.length + count;
    if (this.isLine) return Math.max(BLOCK_LENGTH, 2 * length);
    if (this.#expected <= BLOCK_LENGTH / 2) return BLOCK_LENGTH;
    return this.#expected <= Math.max(TRUSTED_LENGTH, TRUSTED_FACTOR * length) ? this.#expected : 0;
  }

  /** Begins a part in `memory`, which holds `length` bytes of the value already. */
  #beginPart(memory: Buffer, length: number): void {
    this.#parts.push(this.bytes.subarray(this.start, this.end));
    this.#partsLength += this.end - this.start;
    this.bytes = memory;
    this.start = 0;
    this.end = length;
  }

  /** Moves the value to new memory of `room` bytes. */
  #join(room: number): void {
    const joined = Buffer.allocUnsafeSlow(room);
    let end = 0;
    for (const part of this.#parts) {
      joined.set(part, end);
      end += part.length;
    }
    if (this.end > this.start) joined.set(this.bytes.subarray(this.start, this.end), end);
    this.bytes = joined;
    this.end += end - this.start;
    this.start = 0;
    if (this.#parts.length > 0) this.#parts = [];
    this.#partsLength = 0;
  }
}

/** Whether the bytes were read right into `target`, and need not be copied. */
function isSameMemory(bytes: Buffer, start: number, target: Buffer, from: number): boolean {
  return bytes.buffer === target.buffer && bytes.byteOffset + start === target.byteOffset + from;
}

/** How many bytes the line has from `start` on, including its LF; Infinity if the LF has not arrived. */
function lineLength(chunk: Buffer, start: number): number {
  const near = Math.min(start + FEW_BYTES, chunk.length);
  for (let at = start; at < near; at++) if (chunk[at] === LF) return at + 1 - start;
  const end = near === chunk.length ? -1 : chunk.indexOf(LF, near);
  return end === -1 ? Number.POSITIVE_INFINITY : end + 1 - start;
}
