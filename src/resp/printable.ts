const HIGHEST_BITS = 0x80808080;

/** Where the printable ASCII characters from `start` on end. With `words`, a view of the same bytes, eight of them at a time. */
export function endOfText(
  bytes: Uint8Array,
  words: DataView | undefined,
  start: number,
  length: number,
): number {
  let at = start;
  if (words !== undefined) {
    while (at <= length - 8 && (oddBitsAt(words, at) & HIGHEST_BITS) === 0) at += 8;
  }
  while (at < length && isPlain(bytes[at] ?? 0)) at++;
  return at;
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x80;
}

/** Whether all characters from `start` to `end`, eight of them or more, are printable ASCII. */
export function isText(words: DataView, start: number, end: number): boolean {
  const last = end - 8;
  let odd = oddBitsAt(words, last);
  let at = start;
  for (; at < last - 8; at += 16) odd |= oddBitsAt(words, at) | oddBitsAt(words, at + 8);
  if (at < last) odd |= oddBitsAt(words, at);
  return (odd & HIGHEST_BITS) === 0;
}

/** Where eight bytes are all printable, none has its highest bit set, nor borrows it when 0x20 is taken away. */
function oddBitsAt(words: DataView, at: number): number {
  const one = words.getInt32(at, true);
  const other = words.getInt32(at + 4, true);
  return (one - 0x20202020) | one | (other - 0x20202020) | other;
}
