import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { type CfnAuthorizer, type WebSocketApi, WebSocketNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Construct } from 'constructs';
import { checkEnvironment, formatValue } from './checks';
import { authorizationTypeOfConnect, checkContextKey, checkContextType, checkRule, type ContextUse, contextUseOf, formatRule, resourcesIn } from './rule-checks';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { ChannelAccess } from '../../channel-access';
import { WebSocketJwtAuthorizer } from '../../websocket-jwt-authorizer';

/** An origin, or a pattern for all hosts below a domain of at least two labels. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(\*(\.[a-z0-9_-]+){2,}|[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;
const MAX_PORT = 65_535;
/** Browsers leave the port of a scheme out. */
const OWN_PORT = /^(http:.*:80|https:.*:443)$/i;
/** Keys whose values others should not see. */
const PRIVATE_KEYS = ['principalId', 'sub', 'email'];

/** Throws on the first option that would let in whom it should not, or nobody. Creates nothing. */
export function checkAccess(props: BroadcastWebSocketApiProps): void {
  const { authorizer, allowedOrigins, allowMissingOrigin, senderNameKey, publishAccess, userIdKey } = props;
  checkAllowedOrigins(allowedOrigins);
  checkPublishAccess(publishAccess ?? ChannelAccess.anyone(), props);
  if (userIdKey !== undefined) checkUserIdKey(userIdKey, authorizer);
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

function checkPublishAccess(publishAccess: ChannelAccess, props: BroadcastWebSocketApiProps): void {
  const rule = publishAccess._bind();
  if (rule.kind === 'subscribers' || rule.kind === 'owner') {
    throw new Error(
      `'publishAccess' must be a rule for messages to all connections, got ${formatRule(rule)}; nothing is subscribed to there, and it belongs to no user: `
      + 'use ChannelAccess.anyone(), nobody(), claim(…) or hook(), and give the other rule to addChannels',
    );
  }
  checkRule("'publishAccess'", publishAccess, props);
}

function checkUserIdKey(userIdKey: string, authorizer: BroadcastWebSocketApiProps['authorizer']): void {
  checkContextKey(useOfUserId(userIdKey), authorizer);
  if (userIdKey === '') throw new Error("'userIdKey' must name a key of the authorizer's context, got ''; use 'sub', or leave it out");
}

function useOfUserId(userIdKey: string): ContextUse {
  return {
    label: "'userIdKey'",
    got: `'${userIdKey}'`,
    key: userIdKey,
    reason: "it names a key of the authorizer's context",
    consequence: 'no client would have a user',
    instead: 'leave it out',
  };
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
export function checkAuthorizer(scope: Construct, api: WebSocketApi, props: BroadcastWebSocketApiProps): void {
  const { authorizer, allowedOrigins, senderNameKey, publishAccess, userIdKey } = props;
  if (!authorizer) return;
  const type = authorizationTypeOfConnect(api);
  if (!type || (type === 'NONE' && !(authorizer instanceof WebSocketNoneAuthorizer))) {
    throw new Error(
      `'authorizer' must bind to an authorizationType that keeps strangers out, got ${formatValue(type)}; everybody could connect: `
      + 'return CUSTOM with an authorizerId, or AWS_IAM, or leave the authorizer out to let everybody in',
    );
  }
  const uses = [publishAccess && contextUseOf("'publishAccess'", publishAccess), userIdKey === undefined ? undefined : useOfUserId(userIdKey)];
  for (const use of uses) if (use) checkContextType(use, api);
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

/** Identity sources of the authorizers that were created under an API. */
function identitySourcesIn(api: WebSocketApi): string[] {
  return resourcesIn<CfnAuthorizer>(api, 'AWS::ApiGatewayV2::Authorizer')
    .flatMap(({ identitySource }) => (Stack.of(api).resolve(identitySource) ?? []) as unknown[])
    .filter((source): source is string => typeof source === 'string');
}
