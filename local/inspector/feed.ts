import type { Connection } from '../gateway/connection';
import type { LocalEvent } from '../log';
import { formatDimensions, readMetrics, type Metrics } from '../metrics';

/** A message that passed, or one that went to several clients. */
export interface FeedMessage {
  readonly number: number;
  readonly at: number;
  readonly direction: 'in' | 'out';
  /** Ids of the first few clients. */
  readonly connectionIds: string[];
  /** Number of clients. */
  count: number;
  readonly text: string;
  /** Size of the whole message; the text may be cut. */
  readonly bytes: number;
}

export interface FeedEvent extends LocalEvent {
  readonly number: number;
  readonly at: number;
}

/** Messages sent and received by each connection. */
export interface Traffic {
  received: number;
  sent: number;
}

/** A metric that a function printed. */
export interface FeedMetric {
  readonly source: string;
  readonly name: string;
  /** Such as `(pattern room:*)`; empty without dimensions that differ. */
  readonly dimensions: string;
  readonly unit: string;
  at: number;
  /** Number of values, their sum, and the last one. */
  count: number;
  sum: number;
  last: number;
}

/** Additions and changes since the last call. */
export interface News {
  readonly messages: readonly FeedMessage[];
  readonly events: readonly FeedEvent[];
  readonly metrics: readonly FeedMetric[];
}

const KEPT = 300;
const SHOWN_CHARACTERS = 4_096;
const KEPT_METRICS = 500;
const NAMED_CONNECTIONS = 100;
/** Posts of one message further apart than this are shown separately. */
const SAME_MESSAGE_MILLIS = 2_000;

/** The latest messages and events for the page. They are kept in memory only. */
export class Feed {
  private listener?: () => void;
  private readonly messages: FeedMessage[] = [];
  private readonly events: FeedEvent[] = [];
  private readonly traffic = new WeakMap<Connection, Traffic>();
  private readonly metrics = new Map<string, FeedMetric>();
  private changed = new Set<FeedMessage>();
  private newMetrics = new Set<FeedMetric>();
  private newEvents: FeedEvent[] = [];
  private number = 0;
  private lastOut?: { readonly bytes: Buffer; readonly message: FeedMessage };

  /** @param listener called when there is something to {@link take} */
  onNews(listener: () => void): void {
    this.listener = listener;
  }

  trafficOf(connection: Connection): Traffic {
    const known = this.traffic.get(connection) ?? { received: 0, sent: 0 };
    this.traffic.set(connection, known);
    return known;
  }

  message(direction: 'in' | 'out', connection: Connection, data: Uint8Array | string): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.trafficOf(connection)[direction === 'in' ? 'sent' : 'received']++;
    const { lastOut } = this;
    if (direction === 'out' && lastOut && Date.now() - lastOut.message.at < SAME_MESSAGE_MILLIS && lastOut.bytes.equals(bytes)) {
      lastOut.message.count++;
      if (lastOut.message.connectionIds.length < NAMED_CONNECTIONS) lastOut.message.connectionIds.push(connection.id);
      this.changed.add(lastOut.message);
    } else {
      const text = bytes.toString().slice(0, SHOWN_CHARACTERS);
      const connectionIds = [connection.id];
      const message: FeedMessage = { number: this.next(), at: Date.now(), direction, connectionIds, count: 1, text, bytes: bytes.length };
      if (direction === 'out') this.lastOut = { bytes, message };
      keep(this.messages, message);
      this.changed.add(message);
    }
    this.listener?.();
  }

  event(event: LocalEvent): void {
    const printed = event.event === 'output' ? readMetrics(event.detail) : undefined;
    if (printed) this.measure(event.source, printed);
    else this.keepEvent(event);
    this.listener?.();
  }

  private keepEvent(event: LocalEvent): void {
    const kept = { ...event, number: this.next(), at: Date.now() };
    keep(this.events, kept);
    keep(this.newEvents, kept);
  }

  private measure(source: string, { metrics, ...printed }: Metrics): void {
    const dimensions = formatDimensions(printed.dimensions);
    for (const { name, unit, values } of metrics) {
      const key = JSON.stringify([source, name, dimensions]);
      const metric = this.metrics.get(key) ?? { source, name, dimensions, unit, at: 0, count: 0, sum: 0, last: 0 };
      if (this.metrics.size >= KEPT_METRICS && !this.metrics.has(key)) return;
      this.metrics.set(key, metric);
      metric.at = Date.now();
      metric.count += values.length;
      metric.sum += values.reduce((sum, value) => sum + value, 0);
      metric.last = values.at(-1)!;
      this.newMetrics.add(metric);
    }
  }

  all(): News {
    return { messages: this.messages, events: this.events, metrics: [...this.metrics.values()] };
  }

  take(): News {
    const news = { messages: [...this.changed], events: this.newEvents, metrics: [...this.newMetrics] };
    this.changed = new Set();
    this.newMetrics = new Set();
    this.newEvents = [];
    return news;
  }

  private next(): number {
    this.number++;
    return this.number;
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.shift();
}
