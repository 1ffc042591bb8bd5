/** Shorter pieces are copied faster byte by byte than by a call. */
const SHORT = 32;

/** The pieces in one buffer; they have `length` bytes in all. */
export function join(pieces: readonly Uint8Array[], length: number): Buffer {
  const joined = Buffer.allocUnsafe(length);
  let end = 0;
  for (const piece of pieces) {
    if (piece.length < SHORT) {
      for (let at = 0; at < piece.length; at++) joined[end + at] = piece[at] ?? 0;
    } else joined.set(piece, end);
    end += piece.length;
  }
  return joined;
}
