import { mayBeOpening, type Connection } from './connection';
import type { Answer } from './sender';

/** How a recipient ends. */
export type End = 'delivered' | 'gone' | 'failed';

/** What an answer means for the recipient that it is about. */
export interface Outcome {
  /** How the recipient ends, once `tries` are used up. */
  readonly end: End;
  /** Sends in all, the first included, before the recipient ends so. */
  readonly tries: number;
  /** How long to wait before the next try, in milliseconds; `random` is in [0, 1). */
  readonly wait: (triesMade: number, random: number) => number;
  /** Whether the row is to be deleted. */
  readonly prune?: boolean;
  /** Whether the answer asks to slow down. */
  readonly throttled?: boolean;
  /** Whether a try in some seconds may do better than all those in this invocation. */
  readonly later?: boolean;
  /** Whether the answer would be the same for every recipient. */
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
/** Either the rate is exceeded or this one client reads too slowly: the answer does not say. */
const THROTTLED: Outcome = { end: 'failed', tries: 4, wait: backOff(250), throttled: true, later: true };
const RETRYABLE: Outcome = { end: 'failed', tries: 3, wait: fullJitter(200), later: true };
/**
 * No connection was to be had: the endpoint is mute, its address unknown, or it closed the connection in time. It adds no load
 * to try again, and the recipient is not given up while there is time.
 */
const UNWRITTEN: Outcome = { end: 'failed', tries: Infinity, wait: upTo(1_000, fullJitter(200)), later: true };
/** The recipient may have the message: a second try is the last that is worth the risk of a repetition. */
const AMBIGUOUS: Outcome = { end: 'failed', tries: 2, wait: fullJitter(200) };
/** In this invocation all would be denied; another environment may have better credentials, or the role is mended by then. */
const DENIED: Outcome = { end: 'failed', tries: 1, wait: never, denied: true, later: true };
/** 400 is not a connection id (the table may be the user's own), 413 too large: neither gets better, and the row stays. */
const REFUSED: Outcome = { end: 'failed', tries: 1, wait: never };

/** What an answer about `connection` means at `now`. */
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
