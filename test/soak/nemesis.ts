import { Disque } from "../../src/index.ts";
import type { Recorder } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import { describeFault, type Fault } from "./plan.ts";
import { NODES, type Stage } from "./stage.ts";

/** Milliseconds before each fault. */
const PEACE = 300;

/** Inflicts the faults of a plan on a stage, and ends them. */
export class Nemesis {
  readonly #stage: Stage;
  readonly #ledger: Ledger;
  readonly #record: Recorder;
  readonly #counts: Map<string, number> = new Map();
  /** The node killed last, and the number of ADDJOBs until then. */
  #killed = -1;
  #begun = 0;

  constructor(stage: Stage, ledger: Ledger, record: Recorder) {
    this.#stage = stage;
    this.#ledger = ledger;
    this.#record = record;
  }

  /** How many faults of each kind there were. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Inflicts one fault after the other until the signal is aborted. All faults are over when it resolves. */
  async haunt(faults: Iterable<Fault>, signal: AbortSignal): Promise<void> {
    for (const fault of faults) {
      await pause(PEACE, signal);
      await this.#mayBegin(fault, signal);
      if (signal.aborted) return;
      await this.revive();
      const what = describeFault(fault);
      this.#record({ event: "fault", what });
      await this.#inflict(fault);
      this.#count("state" in fault ? `${fault.kind} (${fault.state})` : fault.kind);
      await pause(fault.milliseconds, signal);
      await this.#mend(fault);
      this.#record({ event: "mended", what });
    }
  }

  /** Restarts nodes that crashed by themselves. */
  async revive(): Promise<void> {
    for (const node of await this.#stage.revive()) {
      this.#record({ event: "fault", what: `node ${node} ended by itself` });
      this.#count("ended by itself");
    }
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /**
   * Where nodes forget, another node may be killed only when the jobs of which the last one may have had a copy were received: each
   * has one more copy, at any other node.
   */
  async #mayBegin(fault: Fault, signal: AbortSignal): Promise<void> {
    if (!this.#stage.forgets || fault.kind !== "kill" || fault.node === this.#killed) return;
    await this.#ledger.settled(this.#begun, signal);
  }

  async #inflict(fault: Fault): Promise<void> {
    const stage = this.#stage;
    switch (fault.kind) {
      case "kill":
        await stage.kill(fault.node);
        this.#killed = fault.node;
        this.#begun = this.#ledger.begun;
        break;
      case "kill all":
        if (stage.forgets) throw new Error("no node would be left that remembers jobs");
        await Promise.all(Array.from({ length: NODES }, (_, node) => stage.kill(node)));
        break;
      case "freeze":
        stage.freeze(fault.node);
        break;
      case "leave":
        await this.#leaving(fault.node, true);
        break;
      case "part nodes":
        stage.part(fault.node, fault.state);
        break;
      case "part clients":
        for (const node of fault.nodes) this.#link(node).state = fault.state;
        break;
      case "reset clients":
        for (const node of fault.nodes) this.#link(node).reset();
        break;
    }
  }

  async #mend(fault: Fault): Promise<void> {
    const stage = this.#stage;
    switch (fault.kind) {
      case "kill":
        await stage.restart(fault.node);
        break;
      case "kill all":
        for (let node = 0; node < NODES; node++) await stage.restart(node);
        break;
      case "freeze":
        stage.thaw(fault.node);
        break;
      case "leave":
        await this.#leaving(fault.node, false);
        break;
      case "part nodes":
        stage.unite();
        break;
      case "part clients":
        for (const node of fault.nodes) this.#link(node).state = "open";
        break;
    }
  }

  #link(node: number): Stage["links"][number] {
    const link = this.#stage.links[node];
    if (link === undefined) throw new RangeError(`there is no node ${node}`);
    return link;
  }

  async #leaving(node: number, yes: boolean): Promise<void> {
    await this.revive();
    await using disque = new Disque(this.#stage.nodes[node], { discover: false });
    await disque.cluster.leaving(yes);
  }
}
