import { Alarm, type Clock } from "./clock.ts";
import type { Message } from "./messages.ts";
import type { Suspension } from "./suspension.ts";
import { setImmediate } from "./timers.ts";

/** What the nodes of one cluster share: the clock and the simulated network between them. */
export interface Network {
  readonly clock: Clock;
  /** How long a message takes to arrive, in milliseconds. */
  readonly latency: number;
  /**
   * Whether to refuse CLUSTER MEET for addresses on which no node of this process listens: the handshake could never succeed.
   */
  readonly isolated: boolean;
  /** Whether two servers can talk to each other. */
  connected(a: object, b: object): boolean;
}

/** Receives the messages sent to an endpoint. */
export interface Receiver {
  receive(message: Message, sender: string, from: Endpoint): void;
  /** Called when all messages that arrived at the same time have been received. */
  endTurn(): void;
  /** Called when an endpoint has been opened or closed, or the reachability of endpoints has changed. */
  updateLinks(): void;
}

/** A message in transit. */
interface Delivery {
  readonly to: Endpoint;
  deliver(): void;
}

/** The endpoints of all running nodes of this process. */
const endpoints = new Set<Endpoint>();
/** Messages in transit that are delivered without a delay. */
const deliveries: Delivery[] = [];

/**
 * Delivers all messages, including those sent in response. As in the event loop of the real server, a node processes all
 * messages that have arrived, and only then runs the commands of clients that these messages have unblocked.
 */
function deliverAll(): void {
  while (deliveries.length > 0) {
    const turn = deliveries.splice(0);
    for (const delivery of turn) delivery.deliver();
    for (const endpoint of new Set(turn.map(({ to }) => to))) endpoint.endTurn();
  }
}

/** Makes all nodes check again which other nodes they can reach. */
export function updateLinks(): void {
  for (const endpoint of endpoints) endpoint.updateLinks();
}

/**
 * Connects a node to the cluster bus from its start until it stops. Messages are delivered in order, always after the call that
 * sends them has returned. They are lost if the receiver is closed or cut off. While the clock is being advanced, they are
 * delivered between two alarms, so that their effects happen at the right time.
 */
export class Endpoint {
  readonly #server: object;
  readonly #host: string;
  readonly port: number;
  readonly #network: Network;
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
    network: Network,
    suspension: Suspension,
    receiver: Receiver,
  ) {
    this.#server = server;
    this.#host = host;
    this.port = port;
    this.#network = network;
    this.#suspension = suspension;
    this.#receiver = receiver;
  }

  /** Whether CLUSTER MEET accepts an address. */
  mayMeet(host: string, port: number): boolean {
    return !this.#network.isolated || this.find(host, port) !== null;
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
    this.#network.clock.subscribe(this.#deliver);
    updateLinks();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    endpoints.delete(this);
    this.#network.clock.unsubscribe(this.#deliver);
    for (const alarm of this.#inTransit) this.#network.clock.clear(alarm);
    this.#inTransit.clear();
    updateLinks();
  }

  /** The reachable endpoint that listens on an address, or null. */
  find(host: string, port: number): Endpoint | null {
    for (const other of endpoints) {
      if (other.port === port && other.#listensOn(host) && this.reaches(other)) return other;
    }
    return null;
  }

  reaches(other: Endpoint): boolean {
    return (
      this.#network.connected(this.#server, other.#server) &&
      other.#network.connected(this.#server, other.#server)
    );
  }

  send(to: Endpoint, message: Message, sender: string): void {
    if (!this.#open || !this.reaches(to)) return;
    const delivery = { to, deliver: () => to.#arrive(message, sender, this) };
    const { latency, clock } = this.#network;
    if (latency > 0) {
      to.#deliverAt(delivery, clock.now() + latency);
      return;
    }
    // For the messages that follow the first one, the delivery is already scheduled.
    if (deliveries.push(delivery) === 1) setImmediate(deliverAll);
  }

  updateLinks(): void {
    this.#suspension.receive(() => {
      if (this.#open) this.#receiver.updateLinks();
    });
  }

  endTurn(): void {
    if (this.#open) this.#receiver.endTurn();
  }

  #deliverAt({ deliver }: Delivery, due: number): void {
    const alarm = new Alarm(() => {
      this.#inTransit.delete(alarm);
      deliver();
      this.endTurn();
    });
    this.#inTransit.add(alarm);
    this.#network.clock.set(alarm, due);
  }

  #arrive(message: Message, sender: string, from: Endpoint): void {
    if (!this.#open || !from.reaches(this)) return;
    this.#suspension.receive(() => {
      if (this.#open) this.#receiver.receive(message, sender, from);
    });
  }

  #listensOn(host: string): boolean {
    return this.#host === host || this.host === host || this.#host === "0.0.0.0" || this.#host === "::";
  }
}
