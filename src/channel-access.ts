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
   * The name of a broadcast to all connections is `*` itself. It must be an entry of its own, with this option or without:
   * `news*` does not stand for it.
   *
   * @default false
   */
  readonly patterns?: boolean;
}

/**
 * Who an access rule lets in, and by what.
 *
 * @internal
 */
export type ChannelAccessRule =
  | { readonly kind: 'anyone' | 'nobody' }
  | { readonly kind: 'claim'; readonly key: string; readonly patterns: boolean };

const CLAIM_OPTIONS = required(struct<ClaimAccessOptions>({}));

/**
 * A rule that says which clients may do something, such as sending messages.
 */
export class ChannelAccess {
  /**
   * Every client that is connected.
   */
  public static anyone(): ChannelAccess {
    return new ChannelAccess({ kind: 'anyone' });
  }

  /**
   * No client: only backends.
   */
  public static nobody(): ChannelAccess {
    return new ChannelAccess({ kind: 'nobody' });
  }

  /**
   * Clients for which the authorizer's context lists the name under this key.
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
    if (!key) throw new Error(`'key' must name a key of the authorizer's context, got ${formatValue(key)}; name the one that lists '${ALL_CONNECTIONS}' for those who may publish`);
    return new ChannelAccess({ kind: 'claim', key, patterns: options.patterns ?? false });
  }

  private constructor(private readonly rule: ChannelAccessRule) {}

  /** @internal */
  public _bind(): ChannelAccessRule {
    return this.rule;
  }
}
