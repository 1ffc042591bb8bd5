/** `:0` and CRLF, as four bytes of a word. */
const ZERO_LINE = 0x3a300d0a;
/** All of them but the digit. */
const AROUND = 0xff00ffff;

/**
 * Reads integers of one digit that follow each other and are replies by themselves, as most commands on jobs are answered with,
 * each as one word. Gives those of `words` between `start` and `length` to `onReply`, and where it stopped.
 */
export function readDigits(
  words: DataView,
  start: number,
  length: number,
  onReply: (digit: number) => void,
): number {
  const last = length - 4;
  let at = start;
  while (at <= last) {
    const line = words.getInt32(at) ^ ZERO_LINE;
    const digit = line >> 16;
    if ((line & AROUND) !== 0 || digit > 9) break;
    at += 4;
    onReply(digit);
  }
  return at;
}
