import type { Choices } from "./choices.ts";

/** One thing to try. */
export interface Case {
  /** Throws, or rejects, when something is wrong. */
  run(): void | Promise<void>;
  /** All that one needs to have it again. */
  show(): string;
  /** What kind of case it was: counted, so that one sees what was tried. Complete after `run`. */
  readonly traits: readonly string[];
}

/** Something that is fuzzed. */
export interface Target {
  readonly name: string;
  /** Cases of it to each one of the parser, for those that take longer. */
  readonly share: number;
  prepare(choices: Choices): Case;
  /** Ends what its cases left running. */
  close?(): Promise<void>;
}
