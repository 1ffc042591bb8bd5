import type { Choices } from "./choices.ts";

/** One thing to try. */
export interface Case {
  /** Throws or rejects when something is wrong. */
  run(): void | Promise<void>;
  /** Everything needed to repeat the case. */
  show(): string;
  /** The traits of the case, counted to see what was tried. Complete after `run`. */
  readonly traits: readonly string[];
}

/** Something that is fuzzed. */
export interface Target {
  readonly name: string;
  /** The number of its cases per case of the parser, since some take longer. */
  readonly share: number;
  prepare(choices: Choices): Case;
  /** Stops what its cases left running. */
  close?(): Promise<void>;
}
