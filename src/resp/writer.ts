import type { Socket } from "node:net";

/** Bytes written at once. Each finished write is progress: smaller writes tell sooner about a slow link, larger ones cost less. */
const WRITE_LENGTH = 262_144;

export interface WriterEvents {
  /** A write that had to wait for the peer has finished. */
  readonly onProgress: () => void;
  /** The memory of a chunk was transferred or has shrunk, so that the announced length cannot be sent any more. */
  readonly onLostBytes: () => void;
}

/**
 * Writes chunks to a socket, one write at a time. Nothing waits in the socket's own queue, where a chunk could be changed:
 * its length is checked right before it leaves.
 */
export class Writer {
  readonly #socket: Socket;
  readonly #events: WriterEvents;
  #queue: Uint8Array[] = [];
  /** Up to here the first chunk was given to the socket. */
  #offset = 0;
  #given = 0;

  constructor(socket: Socket, events: WriterEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  /** How many bytes were given to the socket. */
  get given(): number {
    return this.#given;
  }

  /** How many bytes the socket has passed on to the operating system. */
  get left(): number {
    return this.#given - this.#socket.writableLength;
  }

  /** Whether a write waits for the peer. */
  get busy(): boolean {
    return this.#socket.writableLength > 0;
  }

  write(chunks: Uint8Array[]): void {
    this.#queue = this.#queue.length === 0 ? chunks : this.#queue.concat(chunks);
    this.#writeQueue();
  }

  /** Forgets what was not given to the socket yet. */
  clear(): void {
    this.#queue = [];
    this.#offset = 0;
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error) return;
    // A write that finished at once reports here too, after the queue was written.
    this.#events.onProgress();
    this.#writeQueue();
  };

  #writeQueue(): void {
    while (this.#queue.length > 0 && !this.busy) this.#writeSome();
  }

  /** Writes up to `WRITE_LENGTH` bytes in one system call. */
  #writeSome(): void {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < WRITE_LENGTH) {
      const [first] = this.#queue;
      if (first === undefined) break;
      // No chunk is empty when it is queued: its memory is gone.
      if (first.length === 0) {
        this.clear();
        this.#events.onLostBytes();
        return;
      }
      const part = first.subarray(this.#offset, this.#offset + WRITE_LENGTH - length);
      // Memory of the caller is copied: the system may still read it when its new owner frees it.
      parts.push(Buffer.isBuffer(part) ? part : Buffer.from(part));
      length += part.length;
      this.#offset += part.length;
      if (this.#offset === first.length) {
        this.#queue.shift();
        this.#offset = 0;
      }
    }
    this.#given += length;
    const socket = this.#socket;
    const last = parts.pop();
    if (parts.length > 0) socket.cork();
    for (const part of parts) socket.write(part);
    if (last !== undefined) socket.write(last, this.#onWritten);
    if (parts.length > 0) socket.uncork();
  }
}
