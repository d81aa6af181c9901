import { frameBytes } from './frames';
import { PRESENCE_LIMIT } from './presence-limits';
import type { PresenceState, PresentUser, StoredList } from './presence-table';

/** Users who have a connection now. */
export interface Present {
  readonly count: number;
  /** Absent when they are more than a list holds. */
  readonly users?: readonly PresentUser[];
}

export interface ListRules {
  readonly channel: string;
  /** Above it, a list says only how many there are. */
  readonly maxUsers: number;
}

/** The list that follows another, and whether others see a difference. */
export interface NextList {
  readonly list: StoredList;
  readonly isChanged: boolean;
}

/**
 * Makes the list of a tick. Users who have no connection stay in it for a while; not in a list that only says how many there are,
 * which holds nobody who could be missed.
 */
export function nextList(base: PresenceState, present: Present, now: number, rules: ListRules): NextList {
  const next = present.users ? withAbsent(base, present.users, now, rules) ?? named(present.users, {}, rules) : undefined;
  const { users, absent = {} } = next ?? {};
  const count = users?.length ?? present.count;
  const isChanged = base.version === 0 || count !== base.count || JSON.stringify(users) !== JSON.stringify(base.users);
  return { list: { version: base.version + (isChanged ? 1 : 0), count, ...(users && { users }), absent }, isChanged };
}

/** When the next of the absent users is due to leave the list. */
export function nextDue({ absent }: StoredList): number | undefined {
  const since = Object.values(absent);
  return since.length > 0 ? Math.min(...since) + PRESENCE_LIMIT.graceMillis : undefined;
}

interface Named {
  readonly users: readonly PresentUser[];
  readonly absent: Readonly<Record<string, number>>;
}

/** The users of both lists, without those who have been absent for too long. */
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

/** Nothing when they are too many, or their names too long. */
function named(users: readonly PresentUser[], absent: Named['absent'], { channel, maxUsers }: ListRules): Named | undefined {
  if (users.length > maxUsers) return undefined;
  const sorted = [...users].sort((a, b) => (a.id < b.id ? -1 : 1));
  return frameBytes(channel, sorted) > PRESENCE_LIMIT.frameBytes ? undefined : { users: sorted, absent };
}
