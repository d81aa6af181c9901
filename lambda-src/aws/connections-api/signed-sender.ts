/**
 * Sender of the delivery hot path: posts to @connections over its own lanes, with its own signature. See
 * docs/adr/001-own-sender.md for the reasons, and for the sender to fall back on.
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
  /** Reads the credentials, for each transmission and once a second, since they change. An error of the first call is thrown by `begin`. */
  readonly credentials: () => Credentials;
  /** Memory size of the function, which determines its CPU. */
  readonly memoryMegabytes: number;
  /** Time limit of an answer once the post is written; it may take 0.1 s more. @default 3000 */
  readonly timeLimitMillis?: number;
  /** Wall clock in epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  readonly tls?: TlsOptions;
  /** Resolves the endpoint's address. @default dns.lookup */
  readonly lookup?: LookupFunction;
}

export class SignedSender implements Sender {
  /** Most posts at once that are useful; more of them only wait for a lane while their time runs. */
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
