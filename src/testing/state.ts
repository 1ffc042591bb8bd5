import { randomBytes } from "node:crypto";
import { Endpoint, type Network, type Receiver } from "./bus.ts";
import type { Client, Wait } from "./client.ts";
import { Alarm, type Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Job } from "./job.ts";
import { LatencyMonitor } from "./latency.ts";
import type { Log } from "./log.ts";
import type { KnownNodes } from "./membership.ts";
import { type MemoryWarning, QueueEviction, usedMemory, warningAt } from "./memory.ts";
import { Node } from "./node.ts";
import { exceedsOutputLimit } from "./output-limit.ts";
import { receive } from "./receive.ts";
import { abandonReplication } from "./replication.ts";
import { ErrorReply, NULL_ARRAY, type Reply, Status } from "./reply.ts";
import { Slowlog } from "./slowlog.ts";
import { Stats } from "./stats.ts";
import { setImmediate } from "./timers.ts";

/** The process in which a {@link ServerState} runs. */
export interface Host {
  /** Counts a command. Returns the error line to send instead of running the command, or null to run it. */
  intercept(command: string): string | null;
  /** Ends the server as if its process had exited. */
  exit(): void;
  /** Ends the server and starts it again this many milliseconds later. */
  restart(delay: number): void;
  readonly log: Log | null;
  /** Whether the process is suspended. */
  readonly frozen: boolean;
}

/** From replyToBlockedClientTimedOut in Disque's blocked.c. */
const NOT_REPLICATED = new ErrorReply(
  "NOREPL Timeout reached before replicating to the requested number of nodes",
);
/** From unregisterJob in Disque's job.c. */
const REMOVED = new ErrorReply(
  "NOREPL job removed (expired?) before the requested replication level was achieved",
);

/** What a server has in memory from its start until it stops: its node, clients, configuration and statistics. */
export class ServerState {
  readonly node: Node;
  readonly clock: Clock;
  readonly config: Config;
  readonly host: Host;
  readonly clients: Set<Client> = new Set();
  readonly monitors: Set<Client> = new Set();
  readonly slowlog: Slowlog = new Slowlog();
  readonly latency: LatencyMonitor = new LatencyMonitor();
  readonly stats: Stats = new Stats();
  readonly runId: string = randomBytes(20).toString("hex");
  readonly startedAt: number;
  /** How long the running command has slept (DEBUG SLEEP), in milliseconds. */
  slept = 0;
  peakMemory = 0;
  #nextClientId = 1;
  #asleep = false;
  #paused = false;
  readonly #wake = new Alarm(() => this.#endSleep());
  readonly #unpause = new Alarm(() => this.#endPause());
  readonly #idleCheck = new Alarm(() => this.#closeIdle());
  readonly #eviction = new QueueEviction(this);
  readonly #clientsWithOutput = new Set<Client>();
  #unblocked: Client[] = [];
  #endingTurn = false;
  #turnScheduled = false;
  readonly #endTurn = (): void => this.endTurn();

  constructor(clock: Clock, config: Config, host: Host, known: KnownNodes) {
    this.clock = clock;
    this.config = config;
    this.host = host;
    this.node = new Node({
      clock,
      known,
      nodeTimeout: () => config.number("cluster-node-timeout"),
      isStopped: () => this.#asleep || host.frozen,
    });
    this.startedAt = this.clock.now();
    this.clock.subscribe(this.#endTurn);
  }

  /** Whether DEBUG SLEEP blocks the whole server. */
  get asleep(): boolean {
    return this.#asleep;
  }

  /** Whether DEBUG SLEEP or CLIENT PAUSE keeps commands from being run. */
  get holdsCommands(): boolean {
    return this.#asleep || this.#paused;
  }

  get usedMemory(): number {
    const used = usedMemory(this);
    this.peakMemory = Math.max(this.peakMemory, used);
    return used;
  }

  get memoryWarning(): MemoryWarning {
    return warningAt(this.usedMemory, this.config.number("maxmemory"));
  }

  /** A number that changes whenever the server receives or sends anything. */
  get activity(): number {
    const { connections, inputBytes, outputBytes } = this.stats;
    return connections + inputBytes + outputBytes + this.node.cluster.sent + this.node.cluster.received;
  }

  /** Whether any reply has not been sent yet, or a job is being replicated. */
  get busy(): boolean {
    return [...this.clients].some(
      ({ output, link, wait }) => output.length + link.unsent > 0 || wait?.command === "addjob",
    );
  }

  nextClientId(): number {
    return this.#nextClientId++;
  }

  add(client: Client): void {
    this.clients.add(client);
    this.host.log?.(`${this.config.get("port")} ${client.address} connected`);
  }

  /** Removes a disconnected client and ends its wait. */
  remove(client: Client): void {
    if (!this.clients.delete(client)) return;
    this.host.log?.(`${this.config.get("port")} ${client.address} disconnected`);
    this.monitors.delete(client);
    this.#clientsWithOutput.delete(client);
    client.wait?.abandon();
    client.stopWait();
  }

  /**
   * Marks a client that has replies to write. The replies are written at the end of this turn of the event loop. A client that
   * closes its side before then gets nothing, as in the real server: networking.c, handleClientsWithPendingWrites.
   */
  readonly noteOutput = (client: Client): void => {
    this.#clientsWithOutput.add(client);
    if (exceedsOutputLimit(client, this.config, this.clock)) client.overLimit = true;
    this.#scheduleEndOfTurn();
  };

  /** Blocks a client until one of the queues has a job for it: queue.c, blockForJobs. */
  waitForJob(client: Client, names: readonly string[], until: number, reply: (job: Job) => Reply): void {
    const queues = new Set(names.map((name) => this.node.queues.getOrCreate(name)));
    const waiter = {
      queues,
      connected: () => client.link.connected,
      end: (job: Job | null) => this.#endWait(client, job === null ? NULL_ARRAY : [reply(job)]),
    };
    const abandon = (): void => this.node.queues.stopWaiting(waiter);
    this.#startWait("getjob", client, until, abandon, NULL_ARRAY);
    this.node.queues.wait(waiter);
  }

  /** Blocks a client until a job has all its copies. On failure, deletes all copies that can be reached. */
  waitForReplication(client: Client, job: Job, until: number): void {
    job.replicated = (outcome) =>
      this.#endWait(client, outcome === "achieved" ? new Status(job.id) : REMOVED);
    this.#startWait("addjob", client, until, () => abandonReplication(this.node, job), NOT_REPLICATED);
  }

  /** Ends the wait of every waiting client with an error. */
  refuseWaiting(error: ErrorReply): void {
    for (const client of this.clients) {
      if (client.wait === null) continue;
      client.wait.abandon();
      this.#endWait(client, error);
    }
  }

  /** DEBUG SLEEP: reads, runs and answers nothing for `ms` milliseconds. */
  sleep(ms: number): void {
    this.slept = ms;
    this.#asleep = true;
    this.clock.set(this.#wake, this.clock.now() + ms);
  }

  /** Runs no commands before the time `until`. Never shortens an earlier pause: networking.c, pauseClients. */
  pauseClients(until: number): void {
    if (until <= this.clock.now()) return;
    this.#paused = true;
    this.clock.set(this.#unpause, Math.max(until, this.#unpause.due));
  }

  /** Call this after the parameter `timeout` has been set. */
  watchIdleClients(): void {
    if (this.config.number("timeout") === 0) this.clock.clear(this.#idleCheck);
    // Idle times are in whole seconds, so they change only when a second begins.
    else if (this.#idleCheck.due === 0) this.clock.set(this.#idleCheck, (this.node.seconds + 1) * 1000);
  }

  /** Ends a turn: serves waiting clients, runs commands of unblocked clients, and writes replies: server.c, beforeSleep. */
  endTurn(): void {
    if (this.#endingTurn || this.#asleep || this.host.frozen) return;
    this.#endingTurn = true;
    this.node.serveWaiters();
    this.#eviction.watch();
    while (this.#unblocked.length > 0 && !this.holdsCommands) {
      const unblocked = this.#unblocked;
      this.#unblocked = [];
      for (const client of unblocked) {
        client.unblocked = false;
        if (this.clients.has(client)) client.link.process();
      }
    }
    // Do not clear an empty set: that allocates a new table, and this runs after every event.
    if (!this.#asleep && this.#clientsWithOutput.size > 0) {
      for (const client of this.#clientsWithOutput) {
        client.link.flush();
        // The real server does this at most 100 ms later: server.c, serverCron, freeClientsInAsyncFreeQueue.
        if (client.overLimit) client.link.destroy();
      }
      this.#clientsWithOutput.clear();
    }
    this.#endingTurn = false;
  }

  /** Runs the tasks deferred while the process was suspended. */
  resume(): void {
    if (!this.#asleep && !this.host.frozen) this.node.suspension.resume();
  }

  /** Connects the node to the cluster bus. */
  join(server: object, host: string, network: Network): void {
    const { cluster, suspension } = this.node;
    const receiver: Receiver = {
      receive: (message, sender, from) => {
        receive(this.node, message, sender, from, () => this.memoryWarning > 0);
      },
      endTurn: this.#endTurn,
      updateLinks: () => cluster.updateLinks(),
    };
    const port = this.config.number("port");
    cluster.open(new Endpoint(server, host, port, network, suspension, receiver));
  }

  /** Disconnects from other nodes and clears every alarm, so that this state has no further effects. */
  dispose(): void {
    this.node.cluster.close();
    this.node.suspension.clear();
    this.clock.unsubscribe(this.#endTurn);
    for (const alarm of [this.#wake, this.#unpause, this.#idleCheck]) this.clock.clear(alarm);
    this.#eviction.stop();
    for (const client of [...this.clients]) this.remove(client);
    this.node.flush();
  }

  #startWait(
    command: Wait["command"],
    client: Client,
    until: number,
    abandon: () => void,
    timeoutReply: Reply,
  ): void {
    client.startWait(command, until, abandon, () => {
      this.node.suspension.ring(() => {
        // The wait may have ended while the process was stopped.
        if (client.wait?.abandon !== abandon) return;
        abandon();
        this.#endWait(client, timeoutReply);
      });
    });
  }

  #endWait(client: Client, reply: Reply): void {
    client.stopWait();
    client.send(reply);
    client.unblocked = true;
    this.#unblocked.push(client);
    this.#scheduleEndOfTurn();
  }

  /** setImmediate runs after all sockets that are readable in this turn have been read. */
  #scheduleEndOfTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    setImmediate(() => {
      this.#turnScheduled = false;
      this.endTurn();
    });
  }

  /** First runs commands that were already received, then processes what arrived during the sleep. */
  #endSleep(): void {
    this.#asleep = false;
    for (const client of [...this.clients]) client.link.process();
    this.resume();
  }

  #endPause(): void {
    this.#paused = false;
    this.#unblocked.push(...this.clients);
  }

  /** Like clientsCronHandleTimeout in Disque's server.c. */
  #closeIdle(): void {
    const longest = this.config.number("timeout");
    for (const client of [...this.clients]) {
      const idle = this.node.seconds - Math.floor(client.lastInteraction / 1000);
      if (client.wait === null && idle > longest) client.link.close();
    }
    this.watchIdleClients();
  }
}
