import type { Service } from './door';
import { jsonService, ServiceError, type Input } from './json-service';
import type { EventBuses, PutEntry } from '../events/event-buses';

const MAX_ENTRIES = 10;

/** EventBridge for functions that put events: only `PutEvents`. */
export function eventsService(buses: EventBuses): Service {
  return jsonService({ PutEvents: (input, { region = '' }) => putEvents(buses, input, region) }, 'ValidationException');
}

function putEvents(buses: EventBuses, { Entries }: Input, region: string): object {
  const entries = Array.isArray(Entries) ? Entries as PutEntry[] : [];
  if (entries.length === 0 || entries.length > MAX_ENTRIES) {
    throw new ServiceError('ValidationException', `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MAX_ENTRIES}`);
  }
  const results = entries.map((entry) => buses.put(entry, region));
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}
