/** Bounds on what a server may send. A reply that exceeds one is a `ProtocolError`, which ends the connection. */
export interface ParserLimits {
  /** How deep arrays may be nested. Default 32; no reply of Disque is nested deeper than 4. */
  readonly maxDepth?: number | undefined;
  /** How many elements one reply may have, including those of its inner arrays. Default 1,048,576. */
  readonly maxElements?: number | undefined;
  /** How many bytes a bulk string may have. Default 536,870,912, the server's own bound. */
  readonly maxBulkLength?: number | undefined;
  /** How many bytes a line may have before its LF. Default 65,536. */
  readonly maxLineLength?: number | undefined;
  /** How many bytes one reply may have in all. Default 537,919,488: the longest bulk string, and 1 MiB. */
  readonly maxReplyLength?: number | undefined;
}

export const DEFAULT_LIMITS: { readonly [Name in keyof Required<ParserLimits>]: number } = {
  maxDepth: 32,
  maxElements: 1_048_576,
  maxBulkLength: 536_870_912,
  maxLineLength: 65_536,
  maxReplyLength: 537_919_488,
};

/** The highest value of a limit on a length: not every platform has larger buffers and arrays. */
const HIGHEST_LENGTH = 2 ** 31 - 64;

/** The limits with the defaults filled in. */
export function limitsOf(limits: ParserLimits): Required<{ [Name in keyof ParserLimits]: number }> {
  return {
    maxDepth: limits.maxDepth ?? DEFAULT_LIMITS.maxDepth,
    maxElements: Math.min(limits.maxElements ?? DEFAULT_LIMITS.maxElements, HIGHEST_LENGTH),
    maxBulkLength: Math.min(limits.maxBulkLength ?? DEFAULT_LIMITS.maxBulkLength, HIGHEST_LENGTH),
    maxLineLength: limits.maxLineLength ?? DEFAULT_LIMITS.maxLineLength,
    maxReplyLength: limits.maxReplyLength ?? DEFAULT_LIMITS.maxReplyLength,
  };
}
