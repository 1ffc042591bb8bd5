// Ways to split a stream into the pieces in which it arrives.

import type { Choices } from "./choices.ts";

export type Cutting =
  | "nowhere"
  | "once"
  | "around every byte"
  | "anywhere"
  | "into chunks"
  | "before every CR"
  | "within every CRLF"
  | "behind every CRLF"
  | "within characters";

export interface Pieces {
  readonly cutting: Cutting;
  readonly pieces: readonly Uint8Array[];
}

const CR = 13;
/** What Node reads at once, what a slow server writes at once, and what an Ethernet packet holds. */
const CHUNKS = [65_536, 16_384, 1460];
/** Longer streams are not split into single bytes, to save time. */
const SHORT = 4096;

/** Where to split, in ascending order; the ends of the stream do not matter. */
type Cut = (choices: Choices, bytes: Buffer) => number[];

const CUTS: Readonly<Record<Cutting, Cut>> = {
  nowhere: () => [],
  once: (choices, bytes) => [choices.below(bytes.length)],
  "around every byte": (choices, bytes) =>
    bytes.length > SHORT ? steps(bytes, () => choices.between(500, 5000)) : steps(bytes, () => 1),
  anywhere: (choices, bytes) => {
    const longest = choices.between(1, Math.max(8, bytes.length / 2));
    return steps(bytes, () => choices.between(1, longest));
  },
  "into chunks": (choices, bytes) => {
    const chunk = choices.pick(CHUNKS);
    return steps(bytes, (at) => (at === 0 ? choices.between(1, chunk) : chunk));
  },
  "before every CR": (_choices, bytes) => atEach(bytes, (byte) => byte === CR, 0),
  "within every CRLF": (_choices, bytes) => atEach(bytes, (byte) => byte === CR, 1),
  "behind every CRLF": (_choices, bytes) => atEach(bytes, (byte) => byte === CR, 2),
  "within characters": (choices, bytes) => {
    const ascii = (byte: number): boolean => byte < 0x80;
    return atEach(bytes, (byte) => !ascii(byte) || choices.chance(0.05), choices.below(2));
  },
};

export const cuttings: readonly Cutting[] = Object.keys(CUTS) as Cutting[];

/** The pieces are views of `bytes`, or surrounded by other bytes, as in a socket's buffer. */
export function cut(choices: Choices, bytes: Buffer, cutting: Cutting = choices.pick(cuttings)): Pieces {
  const cuts = bytes.length === 0 ? [] : CUTS[cutting](choices, bytes);
  const apart = choices.chance(0.3) ? choices.between(1, 9) : 0;
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const end of [...cuts, bytes.length]) {
    const piece = bytes.subarray(start, end);
    pieces.push(apart > 0 && bytes.length <= SHORT ? amid(piece, apart) : piece);
    start = end;
  }
  if (choices.chance(0.1)) pieces.splice(choices.below(pieces.length), 0, new Uint8Array(0));
  return { cutting, pieces };
}

function steps(bytes: Buffer, length: (at: number) => number): number[] {
  const cuts: number[] = [];
  for (let at = length(0); at < bytes.length; at += length(at)) cuts.push(at);
  return cuts;
}

/** At each matching byte, or this many bytes behind it. */
function atEach(bytes: Buffer, wanted: (byte: number) => boolean, behind: number): number[] {
  const cuts: number[] = [];
  for (let at = 0; at + behind < bytes.length; at++) {
    if (wanted(bytes[at] ?? 0)) cuts.push(at + behind);
  }
  return cuts;
}

/** A copy surrounded by bytes that would change every value if they were read. */
function amid(piece: Uint8Array, margin: number): Uint8Array {
  const whole = new Uint8Array(piece.length + 2 * margin).fill(0x39);
  whole.set(piece, margin);
  return whole.subarray(margin, margin + piece.length);
}
