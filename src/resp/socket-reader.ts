import type { OnReadOpts, Socket } from "node:net";

/** How much is read from a socket at a time, in bytes: as much as Node reads for a `data` event. */
export const READ_LENGTH = 65_536;

/** Receives what is read from a socket. */
export interface ReadTarget {
  /** Where the next bytes belong, if they are part of a long value that has its memory already, and misses at least `least`. */
  roomFor(least: number): Buffer | undefined;
  onBytes(bytes: Buffer): void;
}

/**
 * Reads from a socket. For a `data` event, Node allocates new memory, from which the bytes of a long value must be copied. A
 * reader lets the socket write them right where they belong. Other bytes are read into memory that is used again, and copied
 * from there.
 */
export class SocketReader {
  /** For `net.connect`. The socket must be paused until `start` is called. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#nextMemory(),
    callback: (length) => this.#take(length),
  };
  readonly #shared: Buffer;
  #memory: Buffer;
  #target: ReadTarget | undefined;

  /** Readers may share their memory, since it is only used while a socket is being read. */
  constructor(shared: Buffer) {
    this.#shared = shared;
    this.#memory = shared;
  }

  start(socket: Socket, target: ReadTarget): void {
    this.#target = target;
    socket.resume();
  }

  #nextMemory(): Buffer {
    this.#memory = this.#target?.roomFor(READ_LENGTH) ?? this.#shared;
    return this.#memory;
  }

  #take(length: number): true {
    const bytes = this.#memory.subarray(0, length);
    this.#target?.onBytes(this.#memory === this.#shared ? Buffer.from(bytes) : bytes);
    return true;
  }
}
