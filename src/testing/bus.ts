import { Alarm, type Clock } from "./clock.ts";
import type { Message } from "./messages.ts";
import type { Suspension } from "./suspension.ts";
import { setImmediate } from "./timers.ts";

/** What the nodes of one cluster share. */
export interface Surroundings {
  readonly clock: Clock;
  /** Milliseconds that a message travels. */
  readonly latency: number;
  /** CLUSTER MEET refuses addresses at which no node of this process listens, since it could never meet them. */
  readonly isolated: boolean;
  /** Whether two servers can talk to each other. */
  connected(a: object, b: object): boolean;
}

/** Gets what other nodes send to an endpoint. */
export interface Receiver {
  receive(message: Message, sender: string, from: Endpoint): void;
  /** Some endpoint was opened or closed, or can be reached again. */
  lookAround(): void;
}

/** The endpoints of all running nodes of this process. */
const endpoints = new Set<Endpoint>();
/** Messages on their way without a delay. */
const deliveries: (() => void)[] = [];
let deliverySoon = false;

/** Delivers all messages, and those that are sent in answer. */
function deliverAll(): void {
  for (let deliver = deliveries.shift(); deliver !== undefined; deliver = deliveries.shift()) deliver();
}

/** All nodes look again at whom they can reach. */
export function lookAround(): void {
  for (const endpoint of endpoints) endpoint.lookAround();
}

/**
 * Where one run of a node hangs on the cluster bus. Messages arrive later than the call that sends them, and in order;
 * they are lost when the receiver is gone or cut off. While the clock is being advanced they arrive between two
 * alarms, so that what they bring about happens at its own time.
 */
export class Endpoint {
  readonly #server: object;
  readonly #host: string;
  readonly port: number;
  readonly #surroundings: Surroundings;
  readonly #suspension: Suspension;
  readonly #receiver: Receiver;
  readonly #deliver = (): void => deliverAll();
  /** Messages on their way, where that takes time. */
  readonly #expected = new Set<Alarm>();
  #open = false;

  constructor(
    server: object,
    host: string,
    port: number,
    surroundings: Surroundings,
    suspension: Suspension,
    receiver: Receiver,
  ) {
    this.#server = server;
    this.#host = host;
    this.port = port;
    this.#surroundings = surroundings;
    this.#suspension = suspension;
    this.#receiver = receiver;
  }

  /** Whether CLUSTER MEET may name an address. */
  mayMeet(host: string, port: number): boolean {
    return !this.#surroundings.isolated || this.find(host, port) !== null;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** The host that others see its messages come from. */
  get host(): string {
    if (this.#host === "0.0.0.0") return "127.0.0.1";
    return this.#host === "::" ? "::1" : this.#host;
  }

  open(): void {
    this.#open = true;
    endpoints.add(this);
    this.#surroundings.clock.subscribe(this.#deliver);
    lookAround();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    endpoints.delete(this);
    this.#surroundings.clock.unsubscribe(this.#deliver);
    for (const alarm of this.#expected) this.#surroundings.clock.clear(alarm);
    this.#expected.clear();
    lookAround();
  }

  /** Who listens at an address, and can be reached. */
  find(host: string, port: number): Endpoint | null {
    for (const other of endpoints) {
      if (other.port === port && other.#listensAt(host) && this.reaches(other)) return other;
    }
    return null;
  }

  reaches(other: Endpoint): boolean {
    return (
      this.#surroundings.connected(this.#server, other.#server) &&
      other.#surroundings.connected(this.#server, other.#server)
    );
  }

  send(to: Endpoint, message: Message, sender: string): void {
    if (!this.#open || !this.reaches(to)) return;
    const arrive = (): void => to.#arrive(message, sender, this);
    const { latency, clock } = this.#surroundings;
    if (latency > 0) {
      to.#expect(arrive, clock.now() + latency);
      return;
    }
    deliveries.push(arrive);
    if (deliverySoon) return;
    deliverySoon = true;
    setImmediate(() => {
      deliverySoon = false;
      deliverAll();
    });
  }

  lookAround(): void {
    this.#suspension.receive(() => {
      if (this.#open) this.#receiver.lookAround();
    });
  }

  #expect(arrive: () => void, due: number): void {
    const alarm = new Alarm(() => {
      this.#expected.delete(alarm);
      arrive();
    });
    this.#expected.add(alarm);
    this.#surroundings.clock.set(alarm, due);
  }

  #arrive(message: Message, sender: string, from: Endpoint): void {
    if (!this.#open || !from.reaches(this)) return;
    this.#suspension.receive(() => {
      if (this.#open) this.#receiver.receive(message, sender, from);
    });
  }

  #listensAt(host: string): boolean {
    return this.#host === host || this.host === host || this.#host === "0.0.0.0" || this.#host === "::";
  }
}
