import { TokenBucket, type AccountRates } from './rates';
import type { StageModel, ThrottleModel } from '../model/api-parts';
import { own } from '../objects';

/** More than a machine can send. */
const UNLIMITED = 1e9;

/** Applies the rates of the account and of the stage. */
export class Throttles {
  private readonly buckets = new Map<string, TokenBucket | undefined>();

  constructor(private stages: readonly StageModel[], private readonly account: AccountRates) {}

  /** Applies the settings of a newly loaded app. */
  update(stages: readonly StageModel[]): void {
    this.stages = stages;
    this.buckets.clear();
  }

  /** Whether a handshake is admitted. */
  admitsConnection(stage: string): boolean {
    return this.account.newConnections.take() && this.admits(stage, '$connect');
  }

  /** Whether a client's message is admitted. */
  admits(stage: string, routeKey: string): boolean {
    return this.admitsCall() && (this.bucketOf(stage, routeKey)?.take() ?? true);
  }

  /** Whether a call of @connections is admitted. */
  admitsCall(): boolean {
    return this.account.requests.take();
  }

  /** Returns the bucket of a route. AWS does not document whether routes share the default settings; here each has its own. */
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
