import type { Executor } from "./cluster/execution/executor.ts";
import type { CommandDefinition } from "./commands/definition.ts";
import {
  type ClusterCommands,
  type ConfigCommands,
  clusterTable,
  configTable,
} from "./commands/subcommands.ts";

/** For each row of a table, defines a method on the prototype of a class. `executorOf` returns the executor of an instance. */
export function defineMethods<Self>(
  prototype: Self,
  table: Readonly<Record<string, CommandDefinition<never, unknown>>>,
  executorOf: (self: Self) => Executor,
): void {
  for (const [name, definition] of Object.entries(table)) {
    const method = {
      [name](this: Self, ...args: never): Promise<unknown> {
        return executorOf(this).run(definition, args);
      },
    };
    Object.defineProperty(prototype, name, { value: method[name], writable: true, configurable: true });
  }
}

/** The subcommands of CLUSTER, at `disque.cluster`. */
export class ClusterMethods {
  readonly #executor: Executor;

  static {
    defineMethods<ClusterMethods>(ClusterMethods.prototype, clusterTable, (self) => self.#executor);
  }

  constructor(executor: Executor) {
    this.#executor = executor;
  }
}

export interface ClusterMethods extends ClusterCommands {}

/** The subcommands of CONFIG, at `disque.config`. */
export class ConfigMethods {
  readonly #executor: Executor;

  static {
    defineMethods<ConfigMethods>(ConfigMethods.prototype, configTable, (self) => self.#executor);
  }

  constructor(executor: Executor) {
    this.#executor = executor;
  }
}

export interface ConfigMethods extends ConfigCommands {}
