import { TokenBucket, type AccountRates } from './rates';
import type { StageModel, ThrottleModel } from '../model/api-parts';
import { own } from '../objects';

/** More than a machine can send. */
const UNLIMITED = 1e9;

/** Whether the rates of the account, and those of the stage, let a request pass. */
export class Throttles {
  private readonly buckets = new Map<string, TokenBucket | undefined>();

  constructor(private stages: readonly StageModel[], private readonly account: AccountRates) {}

  /** Takes the settings of a newly loaded app. */
  update(stages: readonly StageModel[]): void {
    this.stages = stages;
    this.buckets.clear();
  }

  /** A handshake. */
  admitsConnection(stage: string): boolean {
    return this.account.newConnections.take() && this.admits(stage, '$connect');
  }

  /** A message of a client. */
  admits(stage: string, routeKey: string): boolean {
    return this.admitsCall() && (this.bucketOf(stage, routeKey)?.take() ?? true);
  }

  /** A call of @connections. */
  admitsCall(): boolean {
    return this.account.requests.take();
  }

  /** Each route of a stage has its own: whether the default settings are shared by the routes on AWS is not documented. */
  private bucketOf(stageName: string, routeKey: string): TokenBucket | undefined {
    const key = `${stageName}/${routeKey}`;
    if (!this.buckets.has(key)) {
      const stage = this.stages.find(({ name }) => name === stageName);
      this.buckets.set(key, bucket(own(stage?.routeThrottles, routeKey) ?? stage?.throttle));
    }
    return this.buckets.get(key);
  }
}

function bucket(throttle: ThrottleModel | undefined): TokenBucket | undefined {
  if (!throttle) return undefined;
  const { rate = UNLIMITED, burst = UNLIMITED } = throttle;
  return new TokenBucket(rate, burst);
}
