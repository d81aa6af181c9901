import { Token } from 'aws-cdk-lib';
import { formatValue } from './private/validation/checks';

/**
 * Place where a client puts its token.
 *
 * There is exactly one, because API Gateway refuses a client that lacks one of several declared places.
 */
export class TokenSource {
  /**
   * The second subprotocol that the client offers: `new WebSocket(url, ['chat', token])`.
   *
   * Browsers get the first subprotocol back, never the token. Unlike a query string, it is not part of the address, so no log of
   * addresses contains it.
   */
  public static subprotocol(): TokenSource {
    return new TokenSource('route.request.header.Sec-WebSocket-Protocol');
  }

  /**
   * A parameter of the query string: `new WebSocket(url + '?token=' + token)`.
   *
   * For clients that cannot offer subprotocols. Addresses get into logs and histories: use short-lived tokens.
   *
   * @param name the name of the parameter: letters, digits, dots, hyphens and underscores
   * @throws an error when API Gateway would not take the name
   */
  public static queryString(name: string = 'token'): TokenSource {
    if (!Token.isUnresolved(name) && (typeof name !== 'string' || !/^[A-Za-z0-9._-]+$/.test(name))) {
      throw new Error(`'name' must have letters, digits, dots, hyphens and underscores only, got ${formatValue(name)}; API Gateway takes no other parameter for an identity: use 'token'`);
    }
    return new TokenSource(`route.request.querystring.${name}`, name);
  }

  private constructor(
    /** @internal */
    public readonly _identitySource: string,
    /** @internal */
    public readonly _parameter?: string,
  ) {}
}
