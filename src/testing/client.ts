import { Alarm, type Clock } from "./clock.ts";
import { type Reply, ReplyBuffer } from "./reply.ts";

/** What a client needs from its connection. */
export interface ClientLink {
  /** Runs the commands received but not yet run. */
  process(): void;
  /** Writes the pending replies. */
  flush(): void;
  /** Closes the connection. Replies that were already written still arrive. */
  close(): void;
  /** Closes the connection immediately and drops unsent replies. */
  destroy(): void;
  /** Bytes of commands received but not yet run. */
  readonly unread: number;
  /** Bytes of written replies that have not been sent yet, for example because the client does not read. */
  readonly unsent: number;
  /** False as soon as the socket is known to have failed, which may be before the client is removed. */
  readonly connected: boolean;
}

/** CLIENT REPLY: `skip next` becomes `skip` when the next command runs, and `skip` then becomes `on`. */
export type ReplyMode = "on" | "off" | "skip next" | "skip";

/** A client's wait in GETJOB or ADDJOB, and the alarm for its timeout. */
export interface Wait {
  readonly command: "getjob" | "addjob";
  /** Withdraws the request when the wait ends without success. */
  readonly abandon: () => void;
  readonly alarm: Alarm;
}

/** One connected client, apart from its socket: server.h, struct client. */
export class Client {
  readonly id: number;
  /** The client's `host:port`, or `path:0` on a unix socket. */
  readonly address: string;
  readonly unix: boolean;
  readonly link: ClientLink;
  readonly output: ReplyBuffer = new ReplyBuffer();
  /** Both times are in milliseconds. */
  readonly connectedAt: number;
  lastInteraction: number;
  name: Buffer | null = null;
  authenticated = false;
  monitoring = false;
  lastCommand: string | null = null;
  replyMode: ReplyMode = "on";
  wait: Wait | null = null;
  /**
   * Whether the client's wait has just ended. Commands that it sent during the wait run at the end of the event loop turn.
   */
  unblocked = false;
  /** When the client's replies reached the soft limit of `client-output-buffer-limit`, in seconds. */
  softLimitReached: number | null = null;
  /** Whether the client has left too many replies unread. If so, it is closed at the end of the event loop turn. */
  overLimit = false;
  /** Whether the client is being closed: no more commands are run, and the connection is closed once the replies are written. */
  closing = false;
  readonly #clock: Clock;
  readonly #onOutput: (client: Client) => void;

  constructor(
    id: number,
    address: string,
    unix: boolean,
    link: ClientLink,
    clock: Clock,
    onOutput: (client: Client) => void,
  ) {
    this.id = id;
    this.address = address;
    this.unix = unix;
    this.link = link;
    this.#clock = clock;
    this.#onOutput = onOutput;
    this.connectedAt = clock.now();
    this.lastInteraction = this.connectedAt;
  }

  /** Whether replies are sent at the moment; CLIENT REPLY can turn them off. */
  get getsReplies(): boolean {
    return this.replyMode !== "off" && this.replyMode !== "skip";
  }

  send(reply: Reply): void {
    if (this.closing || !this.getsReplies) return;
    this.output.add(reply);
    this.#onOutput(this);
  }

  /** Called after each command. Starts or ends the effect of CLIENT REPLY SKIP: networking.c, resetClient. */
  nextCommand(): void {
    if (this.replyMode === "skip") this.replyMode = "on";
    else if (this.replyMode === "skip next") this.replyMode = "skip";
  }

  /** Blocks the client's commands until {@link stopWait}. Calls `expire` at the time `until`; 0 means never. */
  startWait(command: Wait["command"], until: number, abandon: () => void, expire: () => void): void {
    this.wait = { command, abandon, alarm: new Alarm(expire) };
    if (until !== 0) this.#clock.set(this.wait.alarm, until);
  }

  stopWait(): void {
    if (this.wait !== null) this.#clock.clear(this.wait.alarm);
    this.wait = null;
  }
}
