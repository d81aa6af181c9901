import { requestQuota } from '../../lambda-src/aws/region-quota';

/** A token bucket with a rate per second and a burst. */
export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  /** @param now monotonic clock in milliseconds */
  constructor(private readonly perSecond: number, private readonly burst: number, private readonly now = () => performance.now()) {
    this.tokens = burst;
    this.filledAt = now();
  }

  /** Takes one token; returns false when there is none. */
  take(): boolean {
    const now = this.now();
    this.tokens = Math.min(this.burst, this.tokens + (now - this.filledAt) * this.perSecond / 1000);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}

/** The rates of an account in a region, for all its APIs and their @connections. */
export interface AccountRates {
  readonly requests: TokenBucket;
  readonly newConnections: TokenBucket;
}

const NEW_CONNECTIONS_PER_SECOND = 500;

/** @param now see {@link TokenBucket} */
export function accountRates(region: string, now?: () => number): AccountRates {
  const quota = requestQuota(region);
  return {
    requests: new TokenBucket(quota, quota / 2, now),
    newConnections: new TokenBucket(NEW_CONNECTIONS_PER_SECOND, NEW_CONNECTIONS_PER_SECOND, now),
  };
}

/** The account's rates in each region, which all APIs there share. */
export class RegionalRates {
  private readonly byRegion = new Map<string, AccountRates>();

  constructor(private readonly create: (region: string) => AccountRates = (region) => accountRates(region)) {}

  of(region: string): AccountRates {
    const known = this.byRegion.get(region) ?? this.create(region);
    this.byRegion.set(region, known);
    return known;
  }
}
