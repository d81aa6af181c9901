import { ALL_CONNECTIONS } from './private/contract';
import { formatValue } from './private/validation/checks';
import { checkStruct, required, struct } from './private/validation/kinds';

/**
 * Options of `ChannelAccess.claim`.
 */
export interface ClaimAccessOptions {
  /**
   * Whether an entry that ends with `*` stands for all names that begin with the rest of it.
   *
   * Broadcasts to all connections have the name `*`. It must be an entry of its own: patterns never match it.
   *
   * @default false
   */
  readonly patterns?: boolean;
}

/**
 * Access rule in the form that the construct's own code reads.
 *
 * @internal
 */
export type ChannelAccessRule =
  | { readonly kind: 'anyone' | 'nobody' | 'subscribers' | 'owner' | 'hook' }
  | { readonly kind: 'claim'; readonly key: string; readonly patterns: boolean };

const CLAIM_OPTIONS = required(struct<ClaimAccessOptions>({}));

/**
 * Access rule: which clients may do something, such as send messages or subscribe to a channel.
 *
 * No rule applies to backends, which publish on `broadcastQueue`.
 */
export class ChannelAccess {
  /**
   * Every client that is connected.
   */
  public static anyone(): ChannelAccess {
    return new ChannelAccess({ kind: 'anyone' });
  }

  /**
   * No client, only backends.
   */
  public static nobody(): ChannelAccess {
    return new ChannelAccess({ kind: 'nobody' });
  }

  /**
   * Clients that have subscribed to the channel.
   *
   * Only for `publishAccess` of channels.
   */
  public static subscribers(): ChannelAccess {
    return new ChannelAccess({ kind: 'subscribers' });
  }

  /**
   * The user whose id is in the channel's name, in place of the `*` of the pattern.
   *
   * Only for channels. With the pattern `cart:*` the channel `cart:ann` is for the connections of the user `ann` only. The API needs `userIdKey`. A byte
   * of the user id outside `[A-Za-z0-9.-]` is written `_` and two hex digits in the name.
   */
  public static owner(): ChannelAccess {
    return new ChannelAccess({ kind: 'owner' });
  }

  /**
   * Clients that the `messageHook` of the API allows, each time.
   *
   * The `messageHook` is also invoked for each message that other rules allow. With this rule, it alone decides.
   */
  public static hook(): ChannelAccess {
    return new ChannelAccess({ kind: 'hook' });
  }

  /**
   * Clients for which the authorizer's context lists the name of the channel under this key.
   *
   * The list is a text of names that are separated by spaces or commas, such as the claim `scope` of a token, or an array
   * of names in a token that `WebSocketJwtAuthorizer` reads. The name of a broadcast to all connections is `*`. The API needs
   * an authorizer with a context: `WebSocketJwtAuthorizer`, whose context has the claims of the token, or
   * `WebSocketLambdaAuthorizer`. The context of `$connect` counts until the connection closes, for 2 hours at most.
   *
   * @param key the key of the authorizer's context
   * @param options the options
   * @throws an error when the key is empty
   */
  public static claim(key: string, options: ClaimAccessOptions = {}): ChannelAccess {
    checkStruct('options', options, CLAIM_OPTIONS);
    if (!key) throw new Error(`'key' must name a key of the authorizer's context, got ${formatValue(key)}; name the one that lists the channels of a client, and '${ALL_CONNECTIONS}' for those who may publish to all connections`);
    return new ChannelAccess({ kind: 'claim', key, patterns: options.patterns ?? false });
  }

  private constructor(private readonly rule: ChannelAccessRule) {}

  /** @internal */
  public _bind(): ChannelAccessRule {
    return this.rule;
  }
}
