import { formatEvent, type LocalEvent } from '../log';

/** Posts of one message come in a burst; a line waits this long for similar ones. */
const BURST_MILLIS = 100;

interface Burst {
  readonly at: Date;
  readonly event: LocalEvent;
  readonly connectionIds: Set<string>;
}

/** Combines the posts of one message to many connections into one line. Other events are printed after it. */
export class FoldedPosts {
  private readonly bursts = new Map<string, Burst>();
  private timer?: NodeJS.Timeout;

  constructor(private readonly print: (line: string) => void) {}

  add(event: LocalEvent): void {
    const key = `${event.source} ${event.detail}`;
    const { connectionId = '' } = event;
    const burst = this.bursts.get(key);
    if (burst && !burst.connectionIds.has(connectionId)) {
      burst.connectionIds.add(connectionId);
      return;
    }
    // A connection that gets a similar post again gets another message.
    if (burst) this.flush();
    this.bursts.set(key, { at: new Date(), event, connectionIds: new Set([connectionId]) });
    this.timer ??= setTimeout(() => this.flush(), BURST_MILLIS);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const { at, event, connectionIds: { size } } of this.bursts.values()) {
      this.print(formatEvent(size === 1 ? event : { ...event, connectionId: `${size} connections` }, at));
    }
    this.bursts.clear();
  }
}
