import { type RemovalPolicy } from 'aws-cdk-lib';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { type HandlerOptions } from './handler-options';
import { type TokenSource } from './token-source';

/**
 * Options of an authorizer that checks JSON Web Tokens.
 */
export interface JwtAuthorizerOptions {
  /**
   * Place where clients put their token.
   *
   * @default TokenSource.subprotocol()
   */
  readonly tokenSource?: TokenSource;

  /**
   * Claims that become the context of the authorizer.
   *
   * A client whose claims have more than 8 KB, policy included, is refused: then name the claims that you need. The names, the
   * audience and the addresses of the issuer together may have 3 KB: AWS Lambda takes 4 KB of environment variables.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default - all claims of the token
   */
  readonly claims?: string[];

  /**
   * Options of the function that checks tokens.
   *
   * Its timeout is 1 to 10 seconds.
   *
   * @default - 256 MB, 10 seconds
   */
  readonly handlerOptions?: HandlerOptions;

  /**
   * Removal policy of the function's log group.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Key for the function's log group, such as the `encryptionKey` of the API.
   *
   * An imported key has to let `logs.<region>.amazonaws.com` (in China `logs.<region>.amazonaws.com.cn`) use it.
   *
   * @default - a key of AWS
   */
  readonly encryptionKey?: IKey;
}

/**
 * Properties of a `WebSocketJwtAuthorizer`.
 */
export interface WebSocketJwtAuthorizerProps extends JwtAuthorizerOptions {
  /**
   * Issuer, exactly as its tokens name it: an https address such as `https://login.example.com`.
   */
  readonly issuer: string;

  /**
   * Accepted audiences, of which a token's claim `aud` has to contain one.
   */
  readonly audience: string[];

  /**
   * Https address of the issuer's keys.
   *
   * @default - found by the issuer's OpenID configuration: `<issuer>/.well-known/openid-configuration`
   */
  readonly jwksUri?: string;
}

/**
 * Tokens of a Cognito user pool.
 */
export enum CognitoTokenUse {
  /**
   * The access token, which is made for APIs.
   *
   * Its claim `username` names the user.
   */
  ACCESS = 'access',

  /**
   * The ID token, which has the attributes of the user among its claims.
   */
  ID = 'id',
}

/**
 * Options of `WebSocketJwtAuthorizer.cognito`.
 */
export interface CognitoAuthorizerOptions extends JwtAuthorizerOptions {
  /**
   * Token that the authorizer accepts.
   *
   * @default CognitoTokenUse.ACCESS
   */
  readonly tokenUse?: CognitoTokenUse;
}
