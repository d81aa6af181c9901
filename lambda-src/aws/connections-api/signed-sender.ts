/**
 * The sender of the delivery hot path: posts to @connections over lanes of its own, with a signature of its own.
 * docs/adr/001-own-sender.md says why, and what to fall back on.
 */
import type { LookupFunction } from 'node:net';
import { Connector, type TlsOptions } from './connector';
import type { Credentials } from './credentials';
import { parseEndpoint, type Endpoint } from './endpoint';
import { LanePool, type Load } from './lane-pool';
import { laneCap } from './pool-size';
import { Post } from './post';
import { RequestWriter } from './request-writer';
import { SigningKeys } from './signature';
import { steadyMillis } from '../steady-millis';
import type { Answer, Sender, Transmission } from '../../core/sender';

const DEFAULT_TIME_LIMIT_MILLIS = 3_000;

export interface SignedSenderOptions {
  /** `https://{api}.execute-api.{region}.{suffix}/{stage}`, or any other http or https URL. */
  readonly callbackUrl: string;
  readonly region: string;
  /** Asked for every transmission, and once a second: credentials change meanwhile. What it throws at first, `begin` throws. */
  readonly credentials: () => Credentials;
  /** The function's memory size, which its CPU follows. */
  readonly memoryMegabytes: number;
  /** How long an answer may take once the post is written; it may be 0.1 s more. @default 3000 */
  readonly timeLimitMillis?: number;
  /** The wall clock in epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  readonly tls?: TlsOptions;
  /** How the endpoint's address is found. @default dns.lookup */
  readonly lookup?: LookupFunction;
}

export class SignedSender implements Sender {
  /** How many posts at once can be of use; more only wait for a lane, while their time runs. */
  readonly maxInFlight: number;
  private readonly endpoint: Endpoint;
  private readonly keys: SigningKeys;
  private readonly pool: LanePool;

  constructor(private readonly options: SignedSenderOptions) {
    const { callbackUrl, region, memoryMegabytes, timeLimitMillis = DEFAULT_TIME_LIMIT_MILLIS, now = Date.now, tls, lookup } = options;
    this.endpoint = parseEndpoint(callbackUrl);
    this.keys = new SigningKeys(region, 'execute-api');
    this.maxInFlight = laneCap(memoryMegabytes);
    this.pool = new LanePool(new Connector(this.endpoint, { ...tls, lookup }), { memoryMegabytes, timeLimitMillis, now });
  }

  begin(body: Uint8Array, expected: number): Transmission {
    const { credentials } = this.options;
    const writer = new RequestWriter(this.endpoint, this.keys, credentials(), body, credentials);
    return new SignedTransmission(this.pool, writer, expected);
  }
}

class SignedTransmission implements Transmission, Load {
  posts: number;
  private posted = 0;
  private ended = false;

  constructor(private readonly pool: LanePool, private readonly writer: RequestWriter, expected: number) {
    this.posts = expected;
    pool.open(this);
  }

  post(connectionId: string): Promise<Answer> {
    if (this.ended) return Promise.resolve({ kind: 'unsent', reason: 'the transmission has ended' });
    this.posted++;
    this.posts = Math.max(this.posts, this.posted);
    const post = new Post(this, steadyMillis(), connectionId, this.writer);
    this.pool.add(post);
    return post.answer;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.pool.close(this);
  }
}
