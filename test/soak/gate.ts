import { Transform, type TransformCallback } from "node:stream";
import type { Link } from "./link.ts";

/** The number of pieces that a long enough chunk is cut into. Each passes in a turn of its own. */
const PIECES = 16;
/** Milliseconds by which the end of one direction is delayed. */
const LINGERING = 1_000;

/** One direction of a connection. The state of its link decides how bytes pass. */
export class Gate extends Transform {
  readonly #link: Link;
  #timer: NodeJS.Timeout | undefined;

  constructor(link: Link) {
    super();
    this.#link = link;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#link.whenPassable(() => {
      if (this.#link.state === "sliced") this.#slice(chunk, done);
      else done(null, chunk);
    });
  }

  override _flush(done: TransformCallback): void {
    this.#link.whenPassable(() => {
      if (this.#link.state === "lingering") this.#timer = setTimeout(done, LINGERING);
      else done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    done(error);
  }

  #slice(chunk: Buffer, done: TransformCallback): void {
    const size = Math.ceil(chunk.length / PIECES);
    const next = (at: number): void => {
      if (this.destroyed) return;
      if (at >= chunk.length) {
        done();
        return;
      }
      this.push(chunk.subarray(at, at + size));
      setImmediate(() => next(at + size));
    };
    next(0);
  }
}
