import { Alarm, type Clock } from "./clock.ts";
import { type Reply, ReplyBuffer } from "./reply.ts";

/** What a client needs of its connection. */
export interface ClientLink {
  /** Runs the commands that came meanwhile. */
  process(): void;
  /** Writes the replies that wait. */
  flush(): void;
  /** Closes at once; what was written still arrives. */
  close(): void;
  /** Closes at once; what the other side did not read is dropped. */
  destroy(): void;
  /** How many bytes of commands wait. */
  readonly unread: number;
  /** Bytes of replies that were written and that the other side has left no room for. */
  readonly unsent: number;
  /** False as soon as the socket is known to have failed, which may be before the client is removed. */
  readonly connected: boolean;
}

/** CLIENT REPLY: `skip next` becomes `skip` when the next command runs, and that becomes `on` again. */
export type ReplyMode = "on" | "off" | "skip next" | "skip";

/** A wait in GETJOB or ADDJOB, and the alarm that ends it. */
export interface Wait {
  readonly command: "getjob" | "addjob";
  /** Undoes what it waits for, when the wait ends without it. */
  readonly abandon: () => void;
  readonly alarm: Alarm;
}

/** One connected client, apart from its socket: networking.c, struct client. */
export class Client {
  readonly id: number;
  /** `host:port` of the other side, or `path:0`. */
  readonly address: string;
  readonly unix: boolean;
  readonly link: ClientLink;
  readonly output: ReplyBuffer = new ReplyBuffer();
  /** Milliseconds. */
  readonly connectedAt: number;
  lastInteraction: number;
  name: Buffer | null = null;
  authenticated = false;
  monitoring = false;
  lastCommand: string | null = null;
  replyMode: ReplyMode = "on";
  wait: Wait | null = null;
  /** Its wait is over; the commands behind it run at the end of the turn. */
  unblocked = false;
  /** When its replies reached the soft limit of `client-output-buffer-limit`, in seconds. */
  softLimitReached: number | null = null;
  /** It leaves too many replies unread, and is closed at the end of the turn. */
  overLimit = false;
  /** The connection ends when the replies are written, and no more commands are run. */
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

  /** Whether CLIENT REPLY lets it have replies now. */
  get hears(): boolean {
    return this.replyMode !== "off" && this.replyMode !== "skip";
  }

  send(reply: Reply): void {
    if (this.closing || !this.hears) return;
    this.output.add(reply);
    this.#onOutput(this);
  }

  /** networking.c, resetClient. */
  nextCommand(): void {
    if (this.replyMode === "skip") this.replyMode = "on";
    else if (this.replyMode === "skip next") this.replyMode = "skip";
  }

  /** Commands wait from now on, until {@link stopWait}. `until` 0 is for ever. */
  startWait(command: Wait["command"], until: number, abandon: () => void, expire: () => void): void {
    this.wait = { command, abandon, alarm: new Alarm(expire) };
    if (until !== 0) this.#clock.set(this.wait.alarm, until);
  }

  stopWait(): void {
    if (this.wait !== null) this.#clock.clear(this.wait.alarm);
    this.wait = null;
  }
}
