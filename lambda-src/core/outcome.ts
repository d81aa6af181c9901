import { mayBeOpening, type Connection } from './connection';
import type { Answer } from './sender';

/** Final state of a recipient. */
export type End = 'delivered' | 'gone' | 'failed';

/** Meaning of an answer for its recipient. */
export interface Outcome {
  /** Final state of the recipient once `tries` are used up. */
  readonly end: End;
  /** Sends in all, including the first, before the recipient ends. */
  readonly tries: number;
  /** Milliseconds until the next try; `random` is in [0, 1). */
  readonly wait: (triesMade: number, random: number) => number;
  /** Whether the row should be deleted. */
  readonly prune?: boolean;
  /** Whether the answer asks to slow down. */
  readonly throttled?: boolean;
  /** Whether a try in some seconds may succeed where all tries in this invocation fail. */
  readonly later?: boolean;
  /** Whether every recipient would get the same answer. */
  readonly denied?: boolean;
}

const never = () => 0;
const fullJitter = (base: number) => (triesMade: number, random: number) => random * base * 2 ** (triesMade - 1);
const backOff = (base: number) => (triesMade: number, random: number) => (0.5 + random / 2) * base * 2 ** (triesMade - 1);
const upTo = (most: number, wait: Outcome['wait']): Outcome['wait'] => (triesMade, random) => Math.min(most, wait(Math.min(triesMade, 20), random));
const late = (...waits: number[]) => (triesMade: number) => waits[Math.min(triesMade, waits.length) - 1];

const DELIVERED: Outcome = { end: 'delivered', tries: 1, wait: never };
const GONE: Outcome = { end: 'gone', tries: 1, wait: never, prune: true };
/** The row is stored before the connection is open, and a POST until then is answered 410. */
const OPENING: Outcome = { end: 'gone', tries: 3, wait: late(250, 1000) };
/** Either the account is over its rate or this one client reads too slowly: the answer does not say. */
const THROTTLED: Outcome = { end: 'failed', tries: 4, wait: backOff(250), throttled: true, later: true };
const RETRYABLE: Outcome = { end: 'failed', tries: 3, wait: fullJitter(200), later: true };
/**
 * No connection could be opened: the endpoint is silent, its address unknown, or it closed the connection in time. Trying again adds no
 * load, so the recipient is not given up while there is time.
 */
const UNWRITTEN: Outcome = { end: 'failed', tries: Infinity, wait: upTo(1_000, fullJitter(200)), later: true };
/** The recipient may have the message, and each further try risks a repetition: two tries are the limit. */
const AMBIGUOUS: Outcome = { end: 'failed', tries: 2, wait: fullJitter(200) };
/** All recipients would be denied in this invocation. Another environment may have better credentials, or the role is corrected by then. */
const DENIED: Outcome = { end: 'failed', tries: 1, wait: never, denied: true, later: true };
/** 400 is not a connection id (the table may be the user's own), 413 is too large: another try would not help, and the row stays. */
const REFUSED: Outcome = { end: 'failed', tries: 1, wait: never };

/** Returns the outcome of an answer about `connection` at `now`. */
export function outcomeOf(answer: Answer, connection: Connection, now: number): Outcome {
  if (answer.kind === 'unsent') return UNWRITTEN;
  if (answer.kind === 'ambiguous') return AMBIGUOUS;
  const { status } = answer;
  if (status >= 200 && status < 300) return DELIVERED;
  if (status === 410) return mayBeOpening(connection, now) ? OPENING : GONE;
  if (status === 429) return THROTTLED;
  if (status >= 500) return RETRYABLE;
  if (status === 403) return DENIED;
  return REFUSED;
}
