import type { Socket } from "node:net";

/**
 * Maximum length of one write, in bytes. Each finished write counts as progress: smaller writes report progress sooner on a
 * slow link, and larger writes cost less.
 */
const WRITE_LENGTH = 262_144;

export interface WriterEvents {
  /** Called when a write has finished: its bytes have been passed to the operating system. */
  readonly onProgress: () => void;
  /** Called when the caller has transferred or shrunk the memory of a chunk, so that its bytes can no longer be sent. */
  readonly onLostBytes: () => void;
}

/**
 * Writes chunks to a socket, one write at a time. Chunks wait here and not in the socket's own queue, so that their length can
 * be checked right before they are written: the caller may have changed it in the meantime.
 */
export class Writer {
  readonly #socket: Socket;
  readonly #events: WriterEvents;
  #queue: Uint8Array[] = [];
  /** How many bytes of the first chunk were written to the socket. */
  #offset = 0;
  #written = 0;

  constructor(socket: Socket, events: WriterEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  /** How many bytes were written to the socket. */
  get written(): number {
    return this.#written;
  }

  /** How many bytes the socket has passed on to the operating system. */
  get sent(): number {
    return this.#written - this.#socket.writableLength;
  }

  write(chunks: Uint8Array[]): void {
    this.#queue = this.#queue.length === 0 ? chunks : this.#queue.concat(chunks);
    this.#writeQueue();
  }

  /** Forgets everything that was not yet written to the socket. */
  clear(): void {
    this.#queue = [];
    this.#offset = 0;
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error) return;
    // This is also called for a write that finished immediately; in that case, the queue has already been written.
    this.#events.onProgress();
    this.#writeQueue();
  };

  #writeQueue(): void {
    while (this.#queue.length > 0 && this.#socket.writableLength === 0) this.#writeSome();
  }

  /** Writes up to `WRITE_LENGTH` bytes in one system call. */
  #writeSome(): void {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < WRITE_LENGTH) {
      const [first] = this.#queue;
      if (first === undefined) break;
      // Chunks are not empty when they are queued, so the memory of this chunk has been transferred or shrunk.
      if (first.length === 0) {
        this.clear();
        this.#events.onLostBytes();
        return;
      }
      const part = first.subarray(this.#offset, this.#offset + WRITE_LENGTH - length);
      // The caller's memory is copied: the caller may transfer it, and the new owner may free it while it is being sent.
      parts.push(Buffer.isBuffer(part) ? part : Buffer.from(part));
      length += part.length;
      this.#offset += part.length;
      if (this.#offset === first.length) {
        this.#queue.shift();
        this.#offset = 0;
      }
    }
    this.#written += length;
    const socket = this.#socket;
    const last = parts.pop();
    if (parts.length > 0) socket.cork();
    for (const part of parts) socket.write(part);
    if (last !== undefined) socket.write(last, this.#onWritten);
    if (parts.length > 0) socket.uncork();
  }
}
