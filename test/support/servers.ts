// The servers that tests of commands run on: that of `disque/testing`, and a real one if it is available.

import { after, before, describe } from "node:test";
import { TestServer } from "../../src/testing/index.ts";
import { RealServer, skipWithoutServer } from "./real-server.ts";

interface Running {
  readonly address: string;
  stop(): Promise<void>;
}

export class Server {
  readonly name: string;
  /** Why tests on it are skipped, for the `skip` option of node:test. */
  readonly skip: string | false;
  readonly #launch: () => Promise<Running>;
  #running: Running | undefined;

  constructor(name: string, skip: string | false, launch: () => Promise<Running>) {
    this.name = name;
    this.skip = skip;
    this.#launch = launch;
  }

  async start(): Promise<void> {
    this.#running = await this.#launch();
  }

  /** What `new Disque` takes. */
  get address(): string {
    if (this.#running === undefined) throw new Error(`${this.name} is not running`);
    return this.#running.address;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }
}

export const servers: readonly Server[] = [
  new Server("on disque/testing", false, () => TestServer.start()),
  new Server("on a real disque-server", skipWithoutServer, () => RealServer.start()),
];

/** Runs the same tests on each server. Each server is started once for all tests of a file. */
export function describeOnServers(describeOn: (server: Server) => void): void {
  for (const server of servers) {
    describe(server.name, { skip: server.skip }, () => {
      before(() => server.start());
      after(() => server.stop());
      describeOn(server);
    });
  }
}
