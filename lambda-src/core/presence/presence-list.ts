import { frameBytes } from './frames';
import { PRESENCE_LIMIT } from './presence-limits';
import type { PresenceState, PresentUser, StoredList } from './presence-table';

/** Users who have a connection now. */
export interface Present {
  readonly count: number;
  /** Absent when there are more than a list holds. */
  readonly users?: readonly PresentUser[];
}

export interface ListRules {
  readonly channel: string;
  /** Size limit; a larger list holds only the number of users. */
  readonly maxUsers: number;
}

/** The list that follows another, and whether others see a difference. */
export interface NextList {
  readonly list: StoredList;
  readonly isChanged: boolean;
}

/** Makes the list of a tick. Users without a connection stay in it for a while. A list that holds only a number has no users that could stay. */
export function nextList(base: PresenceState, present: Present, now: number, rules: ListRules): NextList {
  const next = present.users ? withAbsent(base, present.users, now, rules) ?? named(present.users, {}, rules) : undefined;
  const { users, absent = {} } = next ?? {};
  const count = users?.length ?? present.count;
  const isChanged = base.version === 0 || count !== base.count || JSON.stringify(users) !== JSON.stringify(base.users);
  return { list: { version: base.version + (isChanged ? 1 : 0), count, ...(users && { users }), absent }, isChanged };
}

/** Returns the time at which the next absent user leaves the list. */
export function nextDue({ absent }: StoredList): number | undefined {
  const since = Object.values(absent);
  return since.length > 0 ? Math.min(...since) + PRESENCE_LIMIT.graceMillis : undefined;
}

interface Named {
  readonly users: readonly PresentUser[];
  readonly absent: Readonly<Record<string, number>>;
}

/** Returns the users of both lists, without those who have been absent for too long. */
function withAbsent(base: PresenceState, users: readonly PresentUser[], now: number, rules: ListRules): Named | undefined {
  const ids = new Set(users.map(({ id }) => id));
  const absent: Record<string, number> = {};
  const kept = (base.users ?? []).filter(({ id }) => {
    if (ids.has(id)) return false;
    const since = Object.hasOwn(base.absent, id) ? base.absent[id] : now;
    if (now - since >= PRESENCE_LIMIT.graceMillis) return false;
    absent[id] = since;
    return true;
  });
  return named([...users, ...kept], absent, rules);
}

/** Returns the users by name; undefined when there are too many, or their names are too long. */
function named(users: readonly PresentUser[], absent: Named['absent'], { channel, maxUsers }: ListRules): Named | undefined {
  if (users.length > maxUsers) return undefined;
  const sorted = [...users].sort((a, b) => (a.id < b.id ? -1 : 1));
  return frameBytes(channel, sorted) > PRESENCE_LIMIT.frameBytes ? undefined : { users: sorted, absent };
}
