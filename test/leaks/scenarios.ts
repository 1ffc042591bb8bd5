// What a client does over and over, and must not leak.
//
// HELLO is repeated at a random interval, and Node keeps a list per interval until it has elapsed, even if the timer was
// cleared. So `Math.random` is replaced: there is only one interval, and pauses are the shortest possible.

import { once } from "node:events";
import { Disque } from "../../src/index.ts";
import { NOBODY, rejection, until } from "../client/scripted.ts";

/** A running scenario. */
export interface Session {
  readonly clients: readonly Disque[];
  /** Runs it once more, and returns how many iterations that was. */
  round(): Promise<number>;
}

export interface Scenario {
  readonly title: string;
  /** The number of iterations: in the full measurement, and in the test. */
  readonly full: number;
  readonly short: number;
  /** `signal` is never aborted: it is shared by calls that come and go. */
  begin(addresses: readonly string[], signal: AbortSignal): Session;
}

/** Does something this many times at once. */
async function times(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => work(n)));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

Math.random = () => 0;

/** The id of a job that does not exist. */
const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";
const RECONNECTING_CLIENTS = 20;

/** Clients that know one node each, half of them also an unreachable one, while all connections are cut repeatedly. */
const reconnects: Scenario = {
  title: "connections that were lost and reopened",
  full: 10_000,
  short: 240,
  begin(addresses, signal) {
    const at = (n: number): string => addresses[n % addresses.length] ?? "";
    const clients = Array.from(
      { length: RECONNECTING_CLIENTS },
      (_, n) => new Disque(n % 2 === 0 ? at(n) : [NOBODY, at(n)], { discover: false }),
    );
    const killers = addresses.map((address) => new Disque(address, { discover: false }));
    async function wait(client: Disque, n: number): Promise<void> {
      const [job] = await client.getJob(`q${n}`, { signal });
      if (job !== undefined) await client.ackJob(job);
    }
    return {
      clients: [...clients, ...killers],
      async round() {
        await times(clients.length, (n) => clients[n]?.ping() ?? turn());
        const waits = clients.map(wait);
        await until(() => clients.every(({ connectedNode }) => connectedNode?.pending === 1));
        const lost = clients.map((client) => once(client, "disconnect"));
        // Each killer spares itself, and no other killer is at its node.
        const killed = await Promise.all(killers.map((killer) => killer.clientKill({ type: "normal" })));
        await Promise.all(lost);
        await times(clients.length, async (n) => clients[n]?.addJob(`q${n}`, "body", { replicate: 1 }));
        await Promise.all(waits);
        return killed.reduce((sum, count) => sum + count);
      },
    };
  },
};

/** Commands of all kinds, pipelined. Some have a timeout, some fail. */
const commands: Scenario = {
  title: "commands",
  full: 1_000_000,
  short: 4_000,
  begin(addresses, signal) {
    const client = new Disque(addresses);
    return {
      clients: [client],
      async round() {
        await times(250, (n) => client.addJob("q", `body ${n}`, { replicate: n % 10 === 0 ? 2 : 1 }));
        await times(250, async () => client.ackJob(await client.getJob("q", { nohang: true, signal })));
        await times(50, () => client.qlen("q", { signal }));
        await times(50, () => client.ping("message", { commandTimeout: 60_000, signal }));
        await times(50, (n) => client.call("QPEEK", "q", n, { buffers: true, signal }));
        await times(50, () => rejection(client.call("NOSUCH")));
        await times(50, () => rejection(client.addJob("q", "body", { retry: 0, replicate: 2 })));
        return 1_000;
      },
    };
  },
};

/** Calls that are aborted at each stage. */
const aborts: Scenario = {
  title: "aborted calls",
  full: 100_000,
  short: 800,
  begin(addresses) {
    const client = new Disque(addresses);
    const waiting = new Disque(addresses);
    let aborted = 0;

    /** Aborts all these calls when `moment` resolves. */
    async function abort(
      count: number,
      call: (signal: AbortSignal, n: number) => Promise<unknown>,
      moment: () => Promise<void>,
    ): Promise<void> {
      const controller = new AbortController();
      // A call that was answered just before the abort resolves, and does not count.
      const calls = times(count, (n) =>
        call(controller.signal, n).catch((error: unknown) => {
          if (error !== controller.signal.reason) throw error;
          aborted++;
        }),
      );
      await moment();
      controller.abort();
      await calls;
    }

    const connected = (): Promise<void> => until(() => (waiting.connectedNode?.pending ?? 0) >= 5);
    const qlen = (signal: AbortSignal): Promise<unknown> => client.qlen("q", { signal });
    return {
      clients: [client, waiting],
      async round() {
        aborted = 0;
        await times(30, () => abort(1, qlen, async () => {}));
        await times(20, () => abort(1, (signal) => client.getJob("q", { nohang: true, signal }), turn));
        await abort(20, (signal) => client.show(ID, { signal }), turn);
        await abort(10, (signal) => client.ackJob([ID], { signal, commandTimeout: 60_000 }), turn);
        await abort(10, qlen, () => client.connect());
        // Some of these calls are on their way to the node, and others wait there.
        await abort(10, (signal, n) => waiting.getJob(`q${n}`, { signal, timeout: 200 }), connected);
        // Their connections are reused once these calls are answered.
        await until(() => waiting.connectedNode?.pending === 0);
        return aborted;
      },
    };
  },
};

/** Loops over jobs that end in every possible way, and workers. */
const loops: Scenario = {
  title: "finished loops over jobs and workers",
  full: 10_000,
  short: 240,
  begin(addresses, signal) {
    const client = new Disque(addresses);
    const job = (queue: string): Promise<string> => client.addJob(queue, "body", { replicate: 1 });

    async function broken(n: number, count: number): Promise<void> {
      await job(`broken${n}`);
      await job(`broken${n}`);
      for await (const { id } of client.jobs(`broken${n}`, { count, signal })) {
        await client.ackJob(id);
        break;
      }
      await client.ackJob(await client.getJob(`broken${n}`));
    }

    async function failing(n: number): Promise<void> {
      await job(`failing${n}`);
      const loop = async (): Promise<void> => {
        for await (const { id } of client.jobs(`failing${n}`, { withCounters: true, signal })) {
          await client.ackJob(id);
          throw new Error("the loop's own");
        }
      };
      await rejection(loop());
    }

    async function aborted(moment: () => Promise<void>): Promise<void> {
      const controller = new AbortController();
      const end = client.jobs("nothing", { signal: controller.signal }).next();
      await moment();
      controller.abort();
      await end;
    }

    async function worker(n: number): Promise<void> {
      await job(`worked${n}`);
      const working = client.work(`worked${n}`, () => turn());
      await new Promise((resolve) => working.once("done", resolve));
      await working.stop();
    }

    return {
      clients: [client],
      async round() {
        await times(10, (n) => broken(n, 1 + (n % 2)));
        await times(10, failing);
        await times(5, () => aborted(turn));
        const waiting = until(() => (client.connectedNode?.pending ?? 0) >= 10);
        await times(10, () => aborted(() => waiting));
        await times(5, worker);
        return 40;
      },
    };
  },
};

/** Clients that are created, used, and closed or destroyed, some with calls in flight. */
const clients: Scenario = {
  title: "closed or destroyed clients",
  full: 10_000,
  short: 240,
  begin(addresses, signal) {
    async function one(n: number): Promise<void> {
      const client = new Disque(addresses);
      client.on("connect", () => {});
      await client.ping();
      const waiting = rejection(client.getJob("nothing", { signal }));
      const call = client.qlen("q", { signal }).catch(() => {});
      if (n % 2 === 0) await turn();
      if (n % 4 < 2) await client.close();
      else client.destroy();
      await Promise.all([waiting, call]);
    }
    return {
      clients: [],
      async round() {
        await times(20, one);
        return 20;
      },
    };
  },
};

export const scenarios: Readonly<Record<string, Scenario>> = { reconnects, commands, aborts, loops, clients };
