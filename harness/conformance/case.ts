import type { METRIC } from '../../src/private/contract';
import type { Script } from '../endpoint/protocol';
import type { TableBehaviour } from '../table/fault-proxy';
import type { Row } from '../table/table';

/** When each message was accepted, by API Gateway's clock. */
export const SENT_AT = 1_795_000_000_000;

/** A number that must be met, or a range with its ends. */
export type Count = number | readonly [least: number, most: number];

/**
 * One situation in which a message is broadcast, and what must come of it: which connections get the message, whose
 * rows are deleted, and what is counted. Nobody may get it twice, and all other rows must stay.
 */
export interface Case {
  readonly name: string;
  /** The table. */
  readonly rows: readonly Row[];
  readonly table?: TableBehaviour;
  /** Answers to POSTs to some connections. All others get 200. */
  readonly scripts?: Readonly<Record<string, Script>>;
  readonly others?: Script;
  readonly endpointIsDown?: boolean;
  /** The sender, by default a connection that is not in the table. */
  readonly sender?: string;
  readonly text?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMillis?: number;
  /** Number of broadcasts at once, each in an environment of its own. */
  readonly broadcasts?: number;
  /** Whether the environment is frozen when the handler has returned, and thawed a second later. */
  readonly freezes?: boolean;
  readonly expect: Expectation;
  /**
   * Faults of a broadcaster written the way tutorials do, or `'right'`. Absent for what it does
   * not claim to do.
   */
  readonly naive?: 'right' | readonly ViolationKind[];
}

export interface Expectation {
  /** Connections that get the message, once for each broadcast. */
  readonly delivered: readonly string[];
  /** Whether any part of them may go without, as long as it is counted. */
  readonly isPartial?: boolean;
  /** Those of them that may get it twice, since the first send to them ended in the dark. */
  readonly mayRepeat?: readonly string[];
  /** Frames that they get, if not the text in the default format. */
  readonly body?: (text: string, sender: string) => string;
  /** Connections whose rows are deleted; all others stay. */
  readonly pruned?: readonly string[];
  /** Counts of each broadcast. Those that are not named are 0. */
  readonly counts: Partial<Record<keyof typeof METRIC, Count>>;
  /** Answer of the handler when nothing is broadcast and it throws no error. @default 200, and it is counted */
  readonly statusCode?: number;
  /** Name of the error by which the sender learns that nobody gets the message. */
  readonly error?: string;
  /** Calls of Scan in all. */
  readonly scans?: Count;
  /** POSTs in all. */
  readonly posts?: Count;
  /** By when all but these connections have the message, after the first POST. */
  readonly promptly?: { readonly millis: number; readonly except: readonly string[] };
  /** Sends per second of all broadcasts together. */
  readonly rate?: number;
}

export type ViolationKind =
  /** Somebody did not get the message. */
  | 'delivery'
  /** Somebody got it who should not, or got another. */
  | 'stray'
  /** Somebody got it twice. */
  | 'repetition'
  /** A row was deleted that had to stay, or stayed although its connection is gone. */
  | 'pruning'
  /** The counts are wrong or missing. */
  | 'counts'
  /** The handler did not answer as API Gateway wants it, or not in time. */
  | 'answer'
  /** Something was sent after the handler had returned, or was still in flight. */
  | 'afterlife'
  /** More was sent or read than the rate, the retries or the deadline allow, or too late. */
  | 'pace'
  /** A signature was refused. */
  | 'signature'
  /** Something of the message is in the log. */
  | 'privacy';

export interface Violation {
  readonly kind: ViolationKind;
  readonly what: string;
}
