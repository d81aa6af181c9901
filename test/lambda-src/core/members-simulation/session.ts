import type { ActionPlan, Visit } from './scenario';
import type { ConnectionKey } from '../../../../lambda-src/core/connection';

/** A request for one channel, with its result. */
export interface Asked {
  readonly kind: ActionPlan['kind'];
  readonly channel: string;
  /** By the clock of API Gateway, in whole milliseconds. */
  readonly at: number;
  /** Absent while there is none, and when none came. */
  answer?: string;
  answeredAt?: number;
}

export type State = 'opening' | 'open' | 'closed' | 'refused';

export interface SessionPorts {
  /** Runs the function of one request for channels. `end` is called once, with the answers, or undefined when none came. */
  act(session: Session, asked: readonly Asked[], end: (answers: readonly string[] | undefined) => void): void;
  after(millis: number, callback: () => void): void;
  now(): number;
  random(): number;
}

const RETRY_MILLIS = 1_000;

/** A connection as API Gateway knows it, and its client, which repeats its last request for a channel when that failed. */
export class Session implements ConnectionKey {
  readonly connectionId: string;
  readonly connectedAt: number;
  state: State = 'opening';
  /** Requests in order, including the channels of the handshake. */
  readonly asked: Asked[] = [];
  /** Whether a function for it died, failed, or wrote after it had given up: its rows may stay until a message meets them, or their TTL. */
  isFlawed = false;
  /** Whether an earlier connection's row replaced its own: it is in no table then. */
  isOverwritten = false;
  /** Number of times that its end was handled completely. */
  ends = 0;

  constructor(readonly visit: Visit, private readonly ports: SessionPorts) {
    this.connectionId = visit.id;
    this.connectedAt = Math.floor(ports.now());
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  of(channel: string): Asked[] {
    return this.asked.filter((each) => each.channel === channel);
  }

  note(kind: ActionPlan['kind'], channels: readonly string[], at: number): Asked[] {
    const asked = channels.map((channel): Asked => ({ kind, channel, at }));
    this.asked.push(...asked);
    return asked;
  }

  answer(asked: Asked, answer: string): void {
    asked.answer = answer;
    asked.answeredAt = this.ports.now();
  }

  /** Makes the requests of its visit. */
  begin(start: number): void {
    const { isPatient, actions } = this.visit;
    const wait = ({ at }: ActionPlan) => Math.max(0, start + at - this.ports.now());
    const next = (nth: number) => {
      if (nth === actions.length) return;
      this.ports.after(wait(actions[nth]), () => this.ask(actions[nth], () => next(nth + 1)));
    };
    if (isPatient) next(0);
    else for (const action of actions) this.ports.after(wait(action), () => this.ask(action));
  }

  private ask(plan: Omit<ActionPlan, 'at'>, onDone: () => void = () => undefined): void {
    if (!this.isOpen) return;
    const at = Math.floor(this.ports.now());
    const asked = this.note(plan.kind, plan.channels, at);
    this.ports.act(this, asked, (answers) => {
      asked.forEach((each, nth) => answers && this.answer(each, answers[nth]));
      const channels = asked.filter((each) => isFailed(each) && this.of(each.channel).at(-1) === each).map(({ channel }) => channel);
      if (channels.length === 0) onDone();
      else this.ports.after(RETRY_MILLIS * (1 + this.ports.random()), () => this.askAgain({ ...plan, channels }, asked, onDone));
    });
  }

  /** Repeats a request unless a later one counts by now. */
  private askAgain(plan: Omit<ActionPlan, 'at'>, before: readonly Asked[], onDone: () => void): void {
    const channels = plan.channels.filter((channel) => before.includes(this.of(channel).at(-1)!));
    if (channels.length === 0) onDone();
    else this.ask({ ...plan, channels }, onDone);
  }
}

function isFailed({ kind, answer }: Asked): boolean {
  return answer !== (kind === 'subscribe' ? 'subscribed' : 'unsubscribed');
}
