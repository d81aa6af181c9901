import { type RemovalPolicy } from 'aws-cdk-lib';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { type HandlerOptions } from './handler-options';
import { type TokenSource } from './token-source';

/**
 * Options of every authorizer by JSON Web Tokens.
 */
export interface JwtAuthorizerOptions {
  /**
   * Where clients put their token.
   *
   * @default TokenSource.subprotocol()
   */
  readonly tokenSource?: TokenSource;

  /**
   * The claims that are passed on as the context of the authorizer.
   *
   * A client whose claims come to more than 8 KB, policy included, is refused: then name those that are needed. The names, the
   * audience and the addresses of the issuer together may have 3 KB: AWS Lambda takes 4 KB of environment variables.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   * @default - all claims of the token
   */
  readonly claims?: string[];

  /**
   * How the function that decides runs; its timeout is 1 to 10 seconds.
   *
   * @default - 256 MB, 10 seconds
   */
  readonly handlerOptions?: HandlerOptions;

  /**
   * What becomes of the log group of the function when it leaves the stack.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The key that the log group of the function is encrypted with, such as the `encryptionKey` of the API.
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
   * The issuer, to the letter as its tokens name it: an https address such as `https://login.example.com`.
   */
  readonly issuer: string;

  /**
   * Whom tokens have to be for, by their claim `aud`: at least one, and one of them is enough.
   */
  readonly audience: string[];

  /**
   * The https address of the issuer's keys.
   *
   * @default - found by the issuer's OpenID configuration: `<issuer>/.well-known/openid-configuration`
   */
  readonly jwksUri?: string;
}

/**
 * Which of the two tokens of a Cognito user pool is taken.
 */
export enum CognitoTokenUse {
  /**
   * The access token, which is made for APIs; its claim `username` names the user.
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
   * Which token is taken.
   *
   * @default CognitoTokenUse.ACCESS
   */
  readonly tokenUse?: CognitoTokenUse;
}
