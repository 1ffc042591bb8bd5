/** The statistics that INFO shows for one command. */
export interface CommandStat {
  calls: number;
  /** The total duration of all calls, in microseconds. */
  duration: number;
}

/** The statistics that CONFIG RESETSTAT resets: server.c, resetServerStats. */
export class Stats {
  connections = 0;
  rejectedConnections = 0;
  commands = 0;
  inputBytes = 0;
  outputBytes = 0;
  readonly byCommand: Map<string, CommandStat> = new Map();

  count(name: string, duration: number): void {
    this.commands++;
    let stat = this.byCommand.get(name);
    if (stat === undefined) {
      stat = { calls: 0, duration: 0 };
      this.byCommand.set(name, stat);
    }
    stat.calls++;
    stat.duration += duration;
  }

  reset(): void {
    this.connections = 0;
    this.rejectedConnections = 0;
    this.commands = 0;
    this.inputBytes = 0;
    this.outputBytes = 0;
    this.byCommand.clear();
  }
}
