import type { ParserLimits } from "./limits.ts";
import type { ElementReader, Reply } from "./reply.ts";

/** What a parser does with replies, and the bounds on them. */
export interface ParserOptions<Element = never> extends ParserLimits {
  /** Called with each reply, in order, from within `write`. It must not throw, nor write. */
  readonly onReply: (reply: Reply<Element>) => void;
  /** Asked when a reply that is an array begins: what reads its elements, if there is something that can. */
  readonly elementReader?: (() => ElementReader<Element> | undefined) | undefined;
}
