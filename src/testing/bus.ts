import { Alarm, type Clock } from "./clock.ts";
import type { Message } from "./messages.ts";
import type { Suspension } from "./suspension.ts";
import { setImmediate } from "./timers.ts";

/** What the nodes of one cluster share: the clock and the simulated network. */
export interface Surroundings {
  readonly clock: Clock;
  /** How long a message takes to arrive, in milliseconds. */
  readonly latency: number;
  /** Refuse CLUSTER MEET for addresses where no node of this process listens: the handshake could never succeed. */
  readonly isolated: boolean;
  /** Whether two servers can talk to each other. */
  connected(a: object, b: object): boolean;
}

/** Receives the messages sent to an endpoint. */
export interface Receiver {
  receive(message: Message, sender: string, from: Endpoint): void;
  /** Called when an endpoint was opened or closed, or the reachability of endpoints has changed. */
  lookAround(): void;
}

/** The endpoints of all running nodes of this process. */
const endpoints = new Set<Endpoint>();
/** Messages in transit that have no delay. */
const deliveries: (() => void)[] = [];

/** Delivers all messages, including those sent in response. */
function deliverAll(): void {
  for (let deliver = deliveries.shift(); deliver !== undefined; deliver = deliveries.shift()) deliver();
}

/** Makes all nodes check again which others they can reach. */
export function lookAround(): void {
  for (const endpoint of endpoints) endpoint.lookAround();
}

/**
 * Connects one run of a node to the cluster bus. Messages are delivered in order, always after the call that sends them
 * has returned. They are lost if the receiver is closed or cut off. While the clock is being advanced, they are
 * delivered between two alarms, so that their effects happen at the right time.
 */
export class Endpoint {
  readonly #server: object;
  readonly #host: string;
  readonly port: number;
  readonly #surroundings: Surroundings;
  readonly #suspension: Suspension;
  readonly #receiver: Receiver;
  readonly #deliver = (): void => deliverAll();
  /** Alarms for delayed messages in transit to this endpoint. */
  readonly #inTransit = new Set<Alarm>();
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

  /** Whether CLUSTER MEET accepts an address. */
  mayMeet(host: string, port: number): boolean {
    return !this.#surroundings.isolated || this.find(host, port) !== null;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** The source host of this node's messages, as other nodes see it. */
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
    for (const alarm of this.#inTransit) this.#surroundings.clock.clear(alarm);
    this.#inTransit.clear();
    lookAround();
  }

  /** The reachable endpoint that listens at an address, or null. */
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
      to.#deliverAt(arrive, clock.now() + latency);
      return;
    }
    // For the messages that follow the first one, a delivery is scheduled already.
    if (deliveries.push(arrive) === 1) setImmediate(deliverAll);
  }

  lookAround(): void {
    this.#suspension.receive(() => {
      if (this.#open) this.#receiver.lookAround();
    });
  }

  #deliverAt(arrive: () => void, due: number): void {
    const alarm = new Alarm(() => {
      this.#inTransit.delete(alarm);
      arrive();
    });
    this.#inTransit.add(alarm);
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
