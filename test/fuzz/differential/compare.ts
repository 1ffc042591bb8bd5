import { TestCluster } from "../../../src/testing/index.ts";
import { RealCluster } from "../../support/real-cluster.ts";
import { type Difference, runSession } from "./session.ts";

export interface Task {
  readonly nodes: number;
  readonly seed: number;
  readonly commands: number;
  /** The number of the first session. */
  readonly first?: number;
  /** Whether to run only the first session. */
  readonly only?: boolean;
}

export interface Outcome {
  readonly task: Task;
  readonly sessions: number;
  /** Each with the number of its session. */
  readonly differences: readonly (readonly [session: number, difference: Difference])[];
  /** The number of sessions that differed at first but not when repeated: messages between nodes had taken longer than usual. */
  readonly repeated: number;
}

const COMMANDS_OF_A_SESSION = 200;
/** A session is run up to this many times; it counts as different only if it differs each time. */
const ATTEMPTS = 3;

/** Compares real nodes with those of disque/testing. */
export async function compare(task: Task): Promise<Outcome> {
  const { nodes, seed, commands, first = 0, only = false } = task;
  const sessions = only ? 1 : Math.ceil(commands / COMMANDS_OF_A_SESSION);
  await using real = await RealCluster.start(nodes);
  await using testing = await TestCluster.start(nodes);
  const pair = { real: real.nodes, testing: testing.nodes };
  const differences: [number, Difference][] = [];
  let repeated = 0;
  for (let session = first; session < first + sessions; session++) {
    let difference = await runSession(pair, seed, session, COMMANDS_OF_A_SESSION);
    if (difference === null) continue;
    for (let attempt = 1; attempt < ATTEMPTS && difference !== null; attempt++) {
      difference = await runSession(pair, seed, session, COMMANDS_OF_A_SESSION);
    }
    if (difference === null) repeated++;
    else differences.push([session, difference]);
  }
  return { task, sessions, differences, repeated };
}

export function report({ task, sessions, differences, repeated }: Outcome): string {
  const { nodes, seed } = task;
  const head = `${nodes} node${nodes === 1 ? "" : "s"}, seed ${seed}: ${sessions * COMMANDS_OF_A_SESSION} commands in ${sessions} sessions, ${differences.length} differ, ${repeated} only once`;
  const shown = differences
    .slice(0, 10)
    .map(([session, { command, real, testing, history }]) =>
      [
        `session ${session}, after ${history.length} commands: ${command}`,
        `  real:    ${excerpt(real, testing)}`,
        `  testing: ${excerpt(testing, real)}`,
        ...relevant(history, command).map((line) => `    ${line}`),
      ].join("\n"),
    );
  return [head, ...shown].join("\n");
}

/** The last commands, and earlier ones about the same jobs. */
function relevant(history: readonly string[], command: string): string[] {
  const jobs = Array.from(command.matchAll(/\{"job":(\d+)\}/g), ([, number]) => number);
  return history.filter(
    (line, at) =>
      at > history.length - 5 ||
      jobs.some((job) => line.includes(`{"job":${job}}`) || line.includes(`<job ${job} `)),
  );
}

/** The part of a result where it begins to differ from the other one. */
function excerpt(one: unknown, other: unknown): string {
  const [text, against] = [JSON.stringify(one), JSON.stringify(other)];
  let at = 0;
  while (at < text.length && text[at] === against[at]) at++;
  return `${at > 60 ? "…" : ""}${text.slice(Math.max(0, at - 60), at + 200)}`;
}
