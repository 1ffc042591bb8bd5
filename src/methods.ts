import type { Cluster } from "./cluster/cluster.ts";
import { type ClusterCommands, clusterTable } from "./commands/cluster.ts";
import type { Command } from "./commands/command.ts";
import { type ConfigCommands, configTable } from "./commands/config.ts";

/** Sets a method for each row of a table on the prototype of a class; `clusterOf` tells where its objects run commands. */
export function defineMethods<Self>(
  prototype: Self,
  table: Readonly<Record<string, Command<never, unknown>>>,
  clusterOf: (self: Self) => Cluster,
): void {
  for (const [name, command] of Object.entries(table)) {
    const method = {
      [name](this: Self, ...args: never): Promise<unknown> {
        return clusterOf(this).run(command, args);
      },
    };
    Object.defineProperty(prototype, name, { value: method[name], writable: true, configurable: true });
  }
}

/** The subcommands of CLUSTER, at `disque.cluster`. */
export class ClusterMethods {
  readonly #cluster: Cluster;

  static {
    defineMethods<ClusterMethods>(ClusterMethods.prototype, { ...clusterTable }, (self) => self.#cluster);
  }

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }
}

export interface ClusterMethods extends ClusterCommands {}

/** The subcommands of CONFIG, at `disque.config`. */
export class ConfigMethods {
  readonly #cluster: Cluster;

  static {
    defineMethods<ConfigMethods>(ConfigMethods.prototype, { ...configTable }, (self) => self.#cluster);
  }

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }
}

export interface ConfigMethods extends ConfigCommands {}
