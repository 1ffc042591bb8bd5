import type { Calls } from "./cluster/calls.ts";
import { type ClusterCommands, clusterTable } from "./commands/cluster.ts";
import type { Command } from "./commands/command.ts";
import { type ConfigCommands, configTable } from "./commands/config.ts";

/** Sets a method for each row of a table on the prototype of a class; `callsOf` tells what its objects run commands by. */
export function defineMethods<Self>(
  prototype: Self,
  table: Readonly<Record<string, Command<never, unknown>>>,
  callsOf: (self: Self) => Calls,
): void {
  for (const [name, command] of Object.entries(table)) {
    const method = {
      [name](this: Self, ...args: never): Promise<unknown> {
        return callsOf(this).run(command, args);
      },
    };
    Object.defineProperty(prototype, name, { value: method[name], writable: true, configurable: true });
  }
}

/** The subcommands of CLUSTER, at `disque.cluster`. */
export class ClusterMethods {
  readonly #calls: Calls;

  static {
    defineMethods<ClusterMethods>(ClusterMethods.prototype, clusterTable, (self) => self.#calls);
  }

  constructor(calls: Calls) {
    this.#calls = calls;
  }
}

export interface ClusterMethods extends ClusterCommands {}

/** The subcommands of CONFIG, at `disque.config`. */
export class ConfigMethods {
  readonly #calls: Calls;

  static {
    defineMethods<ConfigMethods>(ConfigMethods.prototype, configTable, (self) => self.#calls);
  }

  constructor(calls: Calls) {
    this.#calls = calls;
  }
}

export interface ConfigMethods extends ConfigCommands {}
