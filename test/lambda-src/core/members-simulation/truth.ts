import type { Asked, Session } from './session';
import type { SimulatedTables } from './simulated-tables';
import type { Connection } from '../../../../lambda-src/core/connection';

/** The invariants; each function returns the violations. */

const KINDS = ['channel', 'reverse'] as const;

/** Whether a message read from now on must reach it: it got `subscribed`, and has not asked to leave since. */
export function mustReceive(session: Session, channel: string): boolean {
  if (!session.isOpen || session.isOverwritten) return false;
  const asked = session.of(channel);
  const joined = Math.max(...asked.filter(({ answer }) => answer === 'subscribed').map(({ at }) => at));
  return joined > -Infinity && !asked.some(({ kind, at }) => kind === 'unsubscribe' && at > joined);
}

/** Checks for an impossible answer to a request. */
export function wrongAnswer(session: Session, asked: Asked): string | undefined {
  const { channel, answer } = asked;
  const others = session.of(channel).filter((each) => each !== asked);
  if (session.isOverwritten || !session.isOpen) return undefined;
  if (answer === 'overtaken' && !others.some(({ kind, at }) => kind === 'subscribe' && at >= asked.at)) return 'was overtaken by nothing';
  if (answer === 'gone' && !others.some(({ kind, at }) => kind === 'unsubscribe' && at > asked.at)) return 'was told that it is gone, and is there';
  return undefined;
}

/** Checks connections when nothing is under way: each has the state of its last requests. */
export function openAtRest(sessions: readonly Session[], tables: SimulatedTables): string[] {
  const found: string[] = [];
  for (const session of sessions.filter(({ isOpen, isOverwritten }) => isOpen && !isOverwritten)) {
    for (const channel of new Set(session.asked.map((each) => each.channel))) {
      const [isMember, hasReverse] = KINDS.map((kind) => {
        const row = tables.row(kind, { channel, connectionId: session.connectionId });
        return row !== undefined && isOf(session, row);
      });
      const why = wrongAtRest(session, channel, isMember, hasReverse);
      if (why) found.push(`${nameOf(session)} ${why}`);
    }
  }
  return found;
}

function wrongAtRest(session: Session, channel: string, isMember: boolean, hasReverse: boolean): string | undefined {
  const asked = session.of(channel);
  const latest = Math.max(...asked.map(({ at }) => at));
  const joins = asked.filter(({ kind, at }) => kind === 'subscribe' && at === latest);
  if (joins.some(({ answer }) => answer === 'subscribed')) {
    if (!isMember) return 'was told subscribed, and is no member';
    return hasReverse ? undefined : 'is a member without a reverse row';
  }
  // A client that asked to leave in the same millisecond does not ask to join again.
  if (asked.at(-1)!.kind === 'subscribe') return `asked to join, which came to ${asked.at(-1)!.answer}`;
  if (joins.length > 0 || !isMember || session.isFlawed) return undefined;
  const isTold = asked.some(({ at, answer }) => at === latest && answer === 'unsubscribed');
  // A client that asks to leave before the answer to its join may be in either state.
  const hasWaited = asked.every(({ kind, answeredAt = Infinity }) => kind === 'unsubscribe' || answeredAt <= latest);
  return isTold && hasWaited ? 'was told unsubscribed, and is a member' : undefined;
}

/**
 * Whether no row of a connection may be left at rest: its end was handled, and no function for it died or failed. The same must hold for a
 * later connection with its id, which may have replaced its reverse row.
 */
export function isToBeGone({ connectionId, ends }: Session, sessions: readonly Session[]): boolean {
  return ends > 0 && !sessions.some((each) => each.connectionId === connectionId && each.isFlawed);
}

export function closedAtRest(sessions: readonly Session[], tables: SimulatedTables): string[] {
  return sessions.filter((session) => session.state === 'closed' && isToBeGone(session, sessions)).flatMap((session) => [
    ...KINDS.flatMap((kind) => tables.all(kind).filter((row) => isOf(session, row)).map(({ channel }) => `the ${kind} row of ${nameOf(session)} in ${channel} was left`)),
    ...[...tables.connections.current.values()].filter((row) => isOf(session, row)).map(() => `the row of ${nameOf(session)} was left`),
  ]);
}

/** Checks that a connection is not found in a channel by its id alone. */
export function foundById(recipients: readonly Connection[], sessions: readonly Session[]): string[] {
  return recipients.flatMap((row) => {
    const member = sessions.find((session) => isOf(session, row))!;
    const session = sessions.find(({ connectionId, isOpen }) => connectionId === row.connectionId && isOpen);
    const isWrong = session !== undefined && session !== member && isToBeGone(member, sessions);
    return isWrong ? [`a message to ${row.channel} found ${nameOf(session)}, which has the id of a member`] : [];
  });
}

/** Checks the state after a message to each channel: no row of a closed connection is left, unless its id is in use. */
export function afterMessages(sessions: readonly Session[], tables: SimulatedTables): string[] {
  const isInUse = (id: string) => sessions.some(({ connectionId, isOpen }) => connectionId === id && isOpen);
  return tables.all('channel').filter(({ connectionId }) => !isInUse(connectionId))
    .map(({ channel, connectionId }) => `a message to ${channel} left the row of ${connectionId}, which is closed`);
}

/** Checks the end: all connections have ended, and their rows are dead. */
export function atTheEnd(tables: SimulatedTables): string[] {
  const left = [...KINDS.flatMap((kind) => tables.all(kind)), ...tables.connections.current.values()];
  return left.map((row) => `a row was left for ever: ${JSON.stringify(row)}`);
}

export function isOf({ connectionId, connectedAt }: Session, row: Connection): boolean {
  return row.connectionId === connectionId && row.connectedAt === connectedAt;
}

/** Returns the name of a connection in violations. */
export function nameOf({ connectionId, connectedAt }: Session): string {
  return `${connectionId} of ${connectedAt}`;
}
