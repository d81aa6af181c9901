/*
 * Messages between the process of the scripted endpoint and the process that started it.
 */

/** Answer to a POST to one connection. */
export type Answer =
  | {
    readonly status: number;
    /** Value of the header `x-amzn-ErrorType`, if any. */
    readonly errorType?: string;
    /** Time until the answer, in milliseconds. */
    readonly afterMillis?: number;
  }
  /** Never. */
  | { readonly hang: true }
  /** With a TCP reset, before the message was taken or after. */
  | { readonly reset: 'before' | 'after' };

/** The answers to the POSTs to one connection, in turn; the last is that of all further ones. */
export type Script = readonly Answer[];

export interface EndpointOptions {
  readonly region: string;
  /** Path of the stage: `/prod`. */
  readonly stage: string;
  /** Files of the certificate and its key, for https. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** When a connection that is idle is closed. @default 60000 */
  readonly idleMillis?: number;
}

/** Instructions of the endpoint from now on. */
export interface Play {
  readonly scripts: Readonly<Record<string, Script>>;
  /** For all connections without a script of their own. */
  readonly others: Script;
  /** Checks every nth signature: 1 all of them, 0 none. A check costs more than all the rest of an answer. */
  readonly checkEvery: number;
}

export type Command =
  | ({ readonly kind: 'script' } & Play)
  | { readonly kind: 'report'; readonly detail: Detail };

/** Extent of a report: times only, or single posts as well, or their bodies, too. */
export type Detail = 'times' | 'posts' | 'bodies';

/** One POST that reached the endpoint. */
export interface Post {
  readonly connectionId: string;
  /** When it arrived, in epoch milliseconds with their fractions. */
  readonly at: number;
  /** SHA-256 of the body, in hexadecimal. */
  readonly body: string;
  /** Whether the message was taken: answered 2xx, or reset after it was taken. */
  readonly accepted: boolean;
  readonly answer: string;
}

/** Posts that arrived since the last script. */
export interface Report {
  readonly posts: readonly Post[];
  /** Each different body as text, by its hash, if they are requested. */
  readonly bodies: Readonly<Record<string, string>>;
  /** When each POST arrived, in order. */
  readonly times: readonly number[];
  readonly accepted: number;
  /** Requests without an answer now. */
  readonly inFlight: number;
  readonly highestInFlight: number;
  /** The longest time for which the endpoint itself did not run: what arrives meanwhile seems to arrive at once. */
  readonly stalledMillis: number;
  /** CPU of the endpoint. */
  readonly cpuMicros: number;
  /** Why requests were refused for their signature or their path. */
  readonly refused: readonly string[];
}

export type Reply = { readonly port: number } | { readonly done: true } | Report;
