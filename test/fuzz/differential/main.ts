// npm run differential -- [--commands N] [--seed S] [--session NUMBER] [--nodes 1|3]
//
// Sends random commands to a real server and to disque/testing, and compares the replies.

import { parseArgs } from "node:util";
import { compare, report } from "./compare.ts";

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    session: { type: "string" },
    nodes: { type: "string" },
  },
});

for (const nodes of values.nodes === undefined ? [1, 3] : [Number(values.nodes)]) {
  const first = values.session === undefined ? 0 : Number(values.session);
  const only = values.session !== undefined;
  const outcome = await compare({
    nodes,
    seed: Number(values.seed),
    commands: Number(values.commands),
    first,
    only,
  });
  console.log(report(outcome));
  if (outcome.differences.length > 0) process.exitCode = 1;
}
