import { Parser, type ParserLimits, type Reply } from "../../src/resp/index.ts";

/** Parses the chunks and returns the result. */
export function parse(chunks: readonly (string | Buffer)[], limits: ParserLimits = {}): Reply[] {
  const replies: Reply[] = [];
  const parser = new Parser({ ...limits, onReply: (reply) => replies.push(reply) });
  for (const chunk of chunks) parser.write(Buffer.from(chunk));
  return replies;
}
