import { formatLogRecord, readLogRecord } from './log-record';
import { formatMetrics, readMetrics } from './metrics';

/** An event in the runner. Never carries the payload of a message. */
export interface LocalEvent {
  /** Construct path of its subject, or `local` for the runner itself. */
  readonly source: string;
  readonly event:
  | 'connect' | 'message' | 'disconnect' // what clients do
  | 'unplug' // a fault
  | 'post' | 'get' | 'delete' // calls of @connections
  | 'request' // requests to HTTP APIs
  | 'send' | 'batch' | 'schedule' // queues and schedules
  | 'event' | 'publish' // event buses and topics
  | 'invoke' | 'output' | 'error' // functions
  | 'synth' | 'warning' | 'reload'; // the app itself
  readonly connectionId?: string;
  /** Short description for people. */
  readonly detail: string;
}

export type Log = (event: LocalEvent) => void;

/** End of the detail for a change that a reload cannot apply. */
export const NEEDS_RESTART = 'which takes a restart of the runner';

/** Reports a change that needs a restart, or a warning, once instead of at every later reload. */
export function sayingOnce(log: Log): Log {
  const said = new Set<string>();
  return (event) => {
    const what = `${event.source}: ${event.detail}`;
    if (event.event === 'warning' || (event.event === 'reload' && event.detail.endsWith(NEEDS_RESTART))) {
      if (said.has(what)) return;
      said.add(what);
    }
    log(event);
  };
}

/** Formats one line for people: `12:00:01 Chat/Api connect R0oXdcOFvHcCIhw= 200 in 41 ms`. */
export function formatEvent(event: LocalEvent, at: Date): string {
  const time = at.toTimeString().slice(0, 8);
  if (event.event === 'output') {
    const metrics = readMetrics(event.detail);
    if (metrics) return `${time} ${event.source} metrics ${formatMetrics(metrics)}`;
    const record = readLogRecord(event.detail);
    return `${time} [${event.source}] ${record ? formatLogRecord(record) : event.detail}`;
  }
  return [time, event.source, event.event, event.connectionId, event.detail].filter((part) => part).join(' ');
}
