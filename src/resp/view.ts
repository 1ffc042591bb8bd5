/**
 * Node's own class of buffers, which `subarray` makes its views by too, after checks that cost more than the view: for
 * bytes that are known to lie in `memory`.
 */
export const View = Reflect.get(Buffer, Symbol.species) as new (
  memory: ArrayBufferLike,
  offset: number,
  length: number,
) => Buffer;

/** The same bytes as a buffer of Node. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
