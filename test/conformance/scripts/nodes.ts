import { callOn, EACH, eventually, type Script, script } from "../script.ts";
import { every, fields, hello, nodeLines } from "../views.ts";

const LINES = [1, 2, 3].map((n) => `<node ${n}> <address> noflags <ping> <pong> connected`);

/** What three nodes report about each other. */
export const nodeScripts: readonly Script[] = [
  script(
    "every node knows itself and the others",
    callOn(EACH, "CLUSTER MYID", ["$<node 1>", "$<node 2>", "$<node 3>"]),
    callOn(
      EACH,
      "HELLO",
      [1, 2, 3].map((own) => [
        ":1",
        `$<node ${own}>`,
        [1, 2, 3].map((n) => [`$<node ${n}>`, "$127.0.0.1", `$<port ${n}>`, "$1"]),
      ]),
      every(hello),
    ),
    callOn(
      EACH,
      "CLUSTER NODES",
      [0, 1, 2].map((own) => LINES.map((line, n) => (n === own ? line.replace("noflags", "myself") : line))),
      every(nodeLines),
    ),
    callOn(
      EACH,
      "CLUSTER INFO",
      Array(3).fill([
        "cluster_state:ok",
        "cluster_known_nodes:3",
        "cluster_reachable_nodes:2",
        "cluster_size:3",
      ]),
      every(fields("cluster_state", "cluster_known_nodes", "cluster_reachable_nodes", "cluster_size")),
    ),
    callOn(EACH, "CLUSTER LEAVING", ["+no", "+no", "+no"]),
    callOn(EACH, "CLUSTER SAVECONFIG", ["+OK", "+OK", "+OK"]),
  ),
  script(
    "CLUSTER MEET with a known node changes nothing",
    callOn("main", "CLUSTER MEET 127.0.0.1 1", "+OK"),
    callOn(
      "main",
      "CLUSTER INFO",
      ["cluster_known_nodes:4", "cluster_size:3"],
      fields("cluster_known_nodes", "cluster_size"),
    ),
    eventually(
      "main",
      "CLUSTER INFO",
      ["cluster_known_nodes:3", "cluster_size:3"],
      fields("cluster_known_nodes", "cluster_size"),
    ),
  ),
];
