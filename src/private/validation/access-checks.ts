import { Annotations, CfnResource, Stack, Token } from 'aws-cdk-lib';
import { type CfnAuthorizer, type CfnRoute, type WebSocketApi, WebSocketNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Construct } from 'constructs';
import { checkEnvironment, formatValue } from './checks';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type ChannelAccess } from '../../channel-access';
import { WebSocketJwtAuthorizer } from '../../websocket-jwt-authorizer';

/** An origin, or a pattern for all hosts below a domain of at least two labels. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(\*(\.[a-z0-9_-]+){2,}|[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;
const MAX_PORT = 65_535;
/** Browsers leave the port of a scheme out. */
const OWN_PORT = /^(http:.*:80|https:.*:443)$/i;
/** What says more of a person than others should see. */
const PRIVATE_KEYS = ['principalId', 'sub', 'email'];

/** Throws on the first option that would let in whom it should not, or nobody. Creates nothing. */
export function checkAccess({ authorizer, allowedOrigins, allowMissingOrigin, senderNameKey, publishAccess }: BroadcastWebSocketApiProps): void {
  checkAllowedOrigins(allowedOrigins);
  checkPublishAccess(publishAccess, authorizer);
  if (allowMissingOrigin !== undefined && !allowedOrigins) {
    throw new Error(`'allowMissingOrigin' must come with 'allowedOrigins', got ${allowMissingOrigin} alone; without them clients are let in whatever origin they name: leave it out`);
  }
  if (senderNameKey === undefined) return;
  if (!authorizer) {
    throw new Error(`'senderNameKey' must come with an 'authorizer', got '${senderNameKey}' alone; it names a key of the authorizer's context: add an authorizer, or leave it out`);
  }
  if (authorizer instanceof WebSocketJwtAuthorizer && !authorizer._passesOn(senderNameKey)) {
    throw new Error(`'senderNameKey' must be one of the 'claims' of the authorizer, got '${senderNameKey}'; add it to them`);
  }
  if (senderNameKey === '') throw new Error("'senderNameKey' must name a key of the authorizer's context, got ''; leave it out to show the connection id");
}

function checkPublishAccess(publishAccess: ChannelAccess | undefined, authorizer: BroadcastWebSocketApiProps['authorizer']): void {
  const rule = publishAccess?._bind();
  if (rule?.kind !== 'claim') return;
  if (!authorizer) {
    throw new Error(
      `'publishAccess' must come with an 'authorizer', got ChannelAccess.claim('${rule.key}') alone; the authorizer's context says who may send: `
      + 'add a WebSocketJwtAuthorizer or a WebSocketLambdaAuthorizer, or use ChannelAccess.nobody()',
    );
  }
  if (authorizer instanceof WebSocketJwtAuthorizer && !authorizer._passesOn(rule.key)) {
    throw new Error(`'publishAccess' must name one of the 'claims' of the authorizer, got ChannelAccess.claim('${rule.key}'); add '${rule.key}' to them`);
  }
}

function checkAllowedOrigins(origins: string[] | undefined): void {
  if (origins === undefined || Token.isUnresolved(origins)) return;
  if (origins.length === 0) throw new Error("'allowedOrigins' must name at least one origin, got none; leave it out to let pages of all origins connect");
  for (const [index, origin] of origins.entries()) {
    if (Token.isUnresolved(origin)) continue;
    const rule = `'allowedOrigins[${index}]' must be an origin as browsers name it, got '${origin}'`;
    if (!ORIGIN.test(origin) || Number(/:(\d+)$/.exec(origin)?.[1] ?? 0) > MAX_PORT) {
      throw new Error(`${rule}; give scheme, host and port, and nothing behind them: 'https://app.example.com', or 'https://*.example.com' for all hosts below a domain`);
    }
    if (OWN_PORT.test(origin)) throw new Error(`${rule}; leave out the port, which is the scheme's own`);
  }
  checkEnvironment('allowedOrigins', origins, "use patterns such as 'https://*.example.com', or an authorizer that looks at the origin");
}

/**
 * Checks what an authorizer that was bound to the API goes by. A cookie is sent along by browsers from any page, so that an
 * authorizer that goes by one lets every page act for its readers, unless the origins are limited.
 */
export function checkAuthorizer(
  scope: Construct, api: WebSocketApi, { authorizer, allowedOrigins, senderNameKey, publishAccess }: BroadcastWebSocketApiProps,
): void {
  if (!authorizer) return;
  const type = authorizationTypeOfConnect(api);
  if (!type || (type === 'NONE' && !(authorizer instanceof WebSocketNoneAuthorizer))) {
    throw new Error(
      `'authorizer' must bind to an authorizationType that keeps strangers out, got ${formatValue(type)}; everybody could connect: `
      + 'return CUSTOM with an authorizerId, or AWS_IAM, or leave the authorizer out to let everybody in',
    );
  }
  const rule = publishAccess?._bind();
  if (rule?.kind === 'claim' && type !== 'CUSTOM') {
    throw new Error(
      `'publishAccess' must come with an authorizer that has a context, got ChannelAccess.claim('${rule.key}') with the authorizationType ${formatValue(type)}; `
      + 'no client could ever send: use a WebSocketJwtAuthorizer or a WebSocketLambdaAuthorizer, or ChannelAccess.nobody()',
    );
  }
  const sources = identitySourcesIn(api);
  if (!allowedOrigins && sources.some((source) => /^route\.request\.header\.cookie$/i.test(source))) {
    throw new Error(
      "'allowedOrigins' must be given with an authorizer that reads the header Cookie, got none; browsers send cookies along from every page, "
      + "which could then act for its readers: name the origins of your pages, such as ['https://app.example.com']",
    );
  }
  // IAM's signature and our token are put into the handshake by the page itself: a foreign page has neither.
  if (!allowedOrigins && type === 'CUSTOM' && !(authorizer instanceof WebSocketJwtAuthorizer)) {
    Annotations.of(scope).addWarningV2(
      'cdk-broadcast-websocket-api:authorizerWithoutAllowedOrigins',
      "'allowedOrigins' should be given with an 'authorizer', got none; browsers let every page connect: name the origins of your pages, "
      + 'or acknowledge this if no page can make a browser identify its reader',
    );
  }
  if (senderNameKey !== undefined && PRIVATE_KEYS.includes(senderNameKey)) {
    Annotations.of(scope).addWarningV2(
      'cdk-broadcast-websocket-api:senderNameIsPrivate',
      `'senderNameKey' should name something that is meant to be seen, got '${senderNameKey}'; everybody who is connected sees it: `
      + 'use a nickname, or acknowledge this if they may',
    );
  }
}

function authorizationTypeOfConnect(api: WebSocketApi): string | undefined {
  return resourcesIn<CfnRoute>(api, 'AWS::ApiGatewayV2::Route').find(({ routeKey }) => routeKey === '$connect')?.authorizationType;
}

/** What the authorizers created under an API ask a client for. */
function identitySourcesIn(api: WebSocketApi): string[] {
  return resourcesIn<CfnAuthorizer>(api, 'AWS::ApiGatewayV2::Authorizer')
    .flatMap(({ identitySource }) => (Stack.of(api).resolve(identitySource) ?? []) as unknown[])
    .filter((source): source is string => typeof source === 'string');
}

function resourcesIn<Resource extends CfnResource>(api: WebSocketApi, type: string): Resource[] {
  return api.node.findAll().filter((construct): construct is Resource => CfnResource.isCfnResource(construct) && construct.cfnResourceType === type);
}
