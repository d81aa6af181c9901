import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import {
  type IWebSocketRouteAuthorizer, type WebSocketRouteAuthorizerBindOptions, type WebSocketRouteAuthorizerConfig,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { type IUserPool, type IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { type CognitoAuthorizerOptions, CognitoTokenUse, type WebSocketJwtAuthorizerProps } from './jwt-authorizer-props';
import { ENV, TUNING } from './private/contract';
import { handlerFunctionOptions } from './private/handlers/handler-function-options';
import { JwtAuthorizerFunction } from './private/handlers/jwt-authorizer-function';
import { suppressFunction } from './private/monitoring/nag-suppressions';
import { checkJwtAuthorizer } from './private/validation/jwt-authorizer-checks';
import { checkKind, checkStruct } from './private/validation/kinds';
import { BIND_OPTIONS, CLIENTS, COGNITO_OPTIONS, USER_POOL } from './private/validation/shapes';
import { TokenSource } from './token-source';

/**
 * Authorizer for JSON Web Tokens of an OpenID Connect issuer or a Cognito user pool.
 *
 * A Lambda function, shipped with this package, checks the signature with the issuer's keys, the issuer, the audience and the
 * time. A token that never expires is refused. The function fetches keys by https when it first needs them, and again for a token
 * with a new key: in a VPC, it needs a way out. An invalid token gets the status 403, a missing one 401, and 500 means that
 * the issuer cannot be reached.
 *
 * The token is checked only when a client connects. A connection outlives its token, for 2 hours at most.
 *
 * The claims are the context of the authorizer, each as a string, in `requestContext.authorizer` of every event of the
 * connection. Other clients see none of them, except the one that `senderNameKey` names.
 *
 * @example
 * import { App, Stack } from 'aws-cdk-lib';
 * import { UserPool } from 'aws-cdk-lib/aws-cognito';
 * import { BroadcastWebSocketApi, WebSocketJwtAuthorizer } from 'cdk-broadcast-websocket-api';
 *
 * const stack = new Stack(new App(), 'Chat');
 * const userPool = new UserPool(stack, 'Users');
 * const client = userPool.addClient('Page');
 * new BroadcastWebSocketApi(stack, 'Api', {
 *   // In the page: new WebSocket(url, ['chat', accessToken])
 *   authorizer: WebSocketJwtAuthorizer.cognito(userPool, [client]),
 *   allowedOrigins: ['https://chat.example.com'],
 *   senderNameKey: 'username',
 * });
 */
export class WebSocketJwtAuthorizer implements IWebSocketRouteAuthorizer {
  /**
   * Creates an authorizer for the users of a Cognito user pool.
   *
   * @param userPool the user pool
   * @param clients the app clients whose tokens are accepted, at least one
   * @param options the options
   * @throws an error when an option is not valid
   */
  public static cognito(userPool: IUserPool, clients: IUserPoolClient[], options: CognitoAuthorizerOptions = {}): WebSocketJwtAuthorizer {
    checkKind('userPool', userPool, USER_POOL);
    checkKind('clients', clients, CLIENTS);
    checkStruct('options', options, COGNITO_OPTIONS);
    if (clients.length === 0) {
      throw new Error("'clients' must name at least one app client, got none; the pool's tokens for any other client would do as well: give those of your pages");
    }
    const issuer = `https://${userPool.userPoolProviderName}`;
    const authorizer = new WebSocketJwtAuthorizer({
      ...options,
      issuer,
      audience: clients.map(({ userPoolClientId }) => userPoolClientId),
      // Every user pool has its keys there: this saves a request.
      jwksUri: `${issuer}/.well-known/jwks.json`,
    });
    authorizer.cognitoTokenUse = options.tokenUse ?? CognitoTokenUse.ACCESS;
    return authorizer;
  }

  private cognitoTokenUse?: CognitoTokenUse;
  private authorizer?: WebSocketLambdaAuthorizer;
  private function?: LambdaFunction;

  /**
   * @param props the properties of the authorizer
   * @throws an error that says the rule, the value and the fix when a property is not valid
   */
  constructor(private readonly props: WebSocketJwtAuthorizerProps) {
    checkJwtAuthorizer(props);
  }

  /**
   * Function that checks tokens.
   *
   * It exists once the authorizer belongs to an API.
   */
  public get handler(): LambdaFunction {
    if (!this.function) throw new Error("'handler' exists only once the authorizer was given to an API, got none; give it as the API's 'authorizer' first");
    return this.function;
  }

  /**
   * Creates the function and the authorizer under the API.
   *
   * The API calls this method.
   *
   * @param options the route, and where to create it
   * @throws an error when the authorizer already belongs to another API
   */
  public bind(options: WebSocketRouteAuthorizerBindOptions): WebSocketRouteAuthorizerConfig {
    checkStruct('options', options, BIND_OPTIONS);
    if (!this.authorizer) {
      this.function = this.createFunction(options.scope, options.route.webSocketApi.apiId);
      suppressFunction(this.function);
      this.authorizer = new WebSocketLambdaAuthorizer('JwtAuthorizer', this.function, { identitySource: [this.tokenSource._identitySource] });
    } else if (this.function?.node.scope !== options.scope) {
      throw new Error(
        `'authorizer' must belong to one API, got the one of '${this.function?.node.scope?.node.path}' for '${options.scope.node.path}' too; make one for each API`,
      );
    }
    return this.authorizer.bind(options);
  }

  /**
   * Whether a claim is passed on.
   *
   * @internal
   */
  public _passesOn(claim: string): boolean {
    return this.props.claims?.includes(claim) ?? true;
  }

  private get tokenSource(): TokenSource {
    return this.props.tokenSource ?? TokenSource.subprotocol();
  }

  private createFunction(scope: Construct, apiId: string): LambdaFunction {
    const { issuer, audience, jwksUri, claims, handlerOptions, encryptionKey, removalPolicy = RemovalPolicy.DESTROY } = this.props;
    const { _parameter: parameter } = this.tokenSource;
    return new JwtAuthorizerFunction(scope, 'JwtAuthorizerHandler', handlerFunctionOptions(scope, {
      description: 'Decides by their tokens who may connect to a WebSocket API',
      memorySize: 256,
      timeoutSeconds: TUNING.connectionHandlerTimeoutSeconds,
      environment: {
        [ENV.apiId]: apiId,
        [ENV.jwtIssuer]: issuer,
        [ENV.jwtAudience]: Fn.join(',', audience),
        ...(jwksUri !== undefined && { [ENV.jwksUri]: jwksUri }),
        ...(claims && { [ENV.jwtClaims]: Fn.join(',', claims) }),
        ...(parameter !== undefined && { [ENV.tokenParameter]: parameter }),
        ...(this.cognitoTokenUse && { [ENV.cognitoTokenUse]: this.cognitoTokenUse }),
      },
      logGroupId: 'JwtAuthorizerLogs',
      removalPolicy,
      encryptionKey,
    }, handlerOptions));
  }
}
