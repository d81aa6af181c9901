import { Network } from './network';
import { BroadcastError, TIMING, type Ack, type Channel, type Message } from '../../../client/src/broadcast-client';
import type { Random } from '../../lambda-src/core/simulation/random';

/* Misfortunes at random, and what has to hold in spite of them. */

/** The runner's two hours become 36 seconds, and ten idle minutes three. */
export const CHAOS_TIME_SCALE = 200;

/** Times of a client that lives so fast. The network and the functions are as slow as ever. */
export const CHAOS_TIMES = {
  ...TIMING,
  heartbeat: 350,
  heartbeatJitter: 100,
  pongTimeout: 1_000,
  connectTimeout: 2_000,
  rotation: 2_500,
  rotationJitter: 1_500,
  overlap: 1_200,
  firstDelay: 150,
  shortestDelay: 30,
  longestDelay: 500,
  answerTimeout: 3_000,
  sendTimeout: 25_000,
};

/** Times of one that keeps its connection, on a busy machine as well. */
export const CALM_TIMES = { ...CHAOS_TIMES, pongTimeout: TIMING.pongTimeout, answerTimeout: TIMING.answerTimeout, rotation: TIMING.rotation };

/** Misfortunes of one network. They follow what a test does, not a clock. */
export class Chaos {
  constructor(private readonly random: Random, private readonly network: Network) {}

  /** Lets one thing go wrong. */
  strike(): void {
    const { random, network } = this;
    random.pick<() => void>([
      () => network.cutOne(random.next()),
      () => network.cutMidFrame(random.next()),
      () => network.silence(random.next()),
      () => network.refuseNext(...random.pick([[429], [503, 500], [429, 429, 503]])),
    ])();
  }

  /** All connections are lost, and the next handshakes are refused. */
  restart(): void {
    this.network.refuseNext(503, 429, 500);
    this.network.cutAll();
  }
}

/** The outcome of a `send`: its acknowledgement, or the code or name of the error. */
export type Outcome = { readonly text: string; readonly id?: string; readonly position?: number; readonly error?: string };

export function outcomeOf(text: string, sent: Promise<Ack>): Promise<Outcome> {
  return sent.then(
    ({ id, position }) => ({ text, id, position }),
    (error: Error) => ({ text, error: error instanceof BroadcastError ? error.code : error.name }),
  );
}

/** All that the server has. */
export async function historyOf(source: Pick<Channel, 'history'>): Promise<Message[]> {
  const all: Message[] = [];
  for (let more = true; more;) {
    const page = await source.history({ before: all[0]?.position, limit: 1_000 });
    all.unshift(...page.messages);
    more = page.more;
  }
  return all;
}

export const triple = ({ id, position, message }: Message) => [position, id, message] as const;

/** A message that was sent again while its first sending was still on its way may have two positions, under one id: clients take the first. */
export function onceEach(history: readonly Message[]): Message[] {
  return history.filter(({ id }, index) => history.findIndex((other) => other.id === id) === index);
}

/** Every message that was acknowledged is in the history under its id and position, and no text under two ids. */
export function expectPublishedOnce(history: readonly Message[], outcomes: readonly Outcome[]): void {
  const texts = onceEach(history).map(({ message }) => message);
  expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  const lost = outcomes.filter(({ text, id, position, error }) => !error
    && !history.some((message) => message.message === text && message.id === id && message.position === position));
  expect(lost).toEqual([]);
}

/** So many numbers may come late, after a gap that was told when others had come. */
const LATE = 3;
/** A connection that was silent when another took its place turns out to be dead after the time for a pong: so many numbers come meanwhile. */
const UNNOTICED = 100;

/** Those of numbers that rise which are missing, and no gap has told of it yet. */
export function untoldOf(log: readonly (number | 'gap')[]): number[] {
  const numbers = log.filter((each) => each !== 'gap');
  /** By how many numbers had come before each gap. */
  const told = log.flatMap((each, index) => each === 'gap' ? [log.slice(0, index).filter((before) => before !== 'gap').length] : []);
  const missing = Array.from({ length: Math.max(0, ...numbers) }, (_, nth) => nth + 1).filter((number) => !numbers.includes(number));
  return missing.filter((number) => {
    const place = numbers.findIndex((each) => each > number);
    return !told.some((count) => place - LATE <= count && count <= place + UNNOTICED);
  });
}
