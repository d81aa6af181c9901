import { CfnResource } from 'aws-cdk-lib';
import { type CfnRoute, type WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { formatValue } from './checks';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type ChannelAccess, type ChannelAccessRule } from '../../channel-access';
import { WebSocketJwtAuthorizer } from '../../websocket-jwt-authorizer';

/** Something that goes by the context of the authorizer. */
export interface ContextUse {
  /** The property as errors write it, such as `'userIdKey'`. */
  readonly label: string;
  /** The value as errors write it. */
  readonly got: string;
  readonly key: string;
  /** Why it needs a context, and what comes of it if there is none. */
  readonly reason: string;
  readonly consequence: string;
  /** Advice for an API that should have no authorizer with a context. */
  readonly instead: string;
}

/** The part of the props that rules go by. */
export type RuleSource = Pick<BroadcastWebSocketApiProps, 'authorizer' | 'messageHook' | 'userIdKey'>;

/** Throws if an API has nothing that a rule could go by. Creates nothing. */
export function checkRule(label: string, access: ChannelAccess, { authorizer, messageHook, userIdKey }: RuleSource): void {
  const { kind } = access._bind();
  const got = formatRule(access._bind());
  if (kind === 'hook' && !messageHook) {
    throw new Error(`${label} must come with a 'messageHook' of the API, got ${got} alone; the hook decides who is let in: set messageHook, or take another rule`);
  }
  if (kind === 'owner' && userIdKey === undefined) {
    throw new Error(`${label} must come with the 'userIdKey' of the API, got ${got} alone; it says whose connection it is: set userIdKey, or take another rule`);
  }
  const use = contextUseOf(label, access);
  if (use) checkContextKey(use, authorizer);
}

/** The rule's use of the authorizer's context, if any. */
export function contextUseOf(label: string, access: ChannelAccess): ContextUse | undefined {
  const rule = access._bind();
  if (rule.kind !== 'claim') return undefined;
  return {
    label,
    got: formatRule(rule),
    key: rule.key,
    reason: "the authorizer's context says who may",
    consequence: 'no client ever may',
    instead: 'use ChannelAccess.nobody()',
  };
}

/** A rule as users write it. */
export function formatRule(rule: ChannelAccessRule): string {
  return `ChannelAccess.${rule.kind}(${rule.kind === 'claim' ? `'${rule.key}'` : ''})`;
}

/** Throws if there is no authorizer, or if ours keeps the key back. */
export function checkContextKey({ label, got, key, reason, instead }: ContextUse, authorizer: BroadcastWebSocketApiProps['authorizer']): void {
  if (!authorizer) {
    throw new Error(`${label} must come with an 'authorizer', got ${got} alone; ${reason}: add a WebSocketJwtAuthorizer or a WebSocketLambdaAuthorizer, or ${instead}`);
  }
  if (authorizer instanceof WebSocketJwtAuthorizer && !authorizer._passesOn(key)) {
    throw new Error(`${label} must name one of the 'claims' of the authorizer, got ${got}; add '${key}' to them`);
  }
}

/** Throws if the authorizer that was bound to an API gives no context. */
export function checkContextType({ label, got, consequence, instead }: ContextUse, api: WebSocketApi): void {
  const type = authorizationTypeOfConnect(api);
  if (type === 'CUSTOM') return;
  throw new Error(
    `${label} must come with an authorizer that has a context, got ${got} with the authorizationType ${formatValue(type)}; `
    + `${consequence}: use a WebSocketJwtAuthorizer or a WebSocketLambdaAuthorizer, or ${instead}`,
  );
}

export function authorizationTypeOfConnect(api: WebSocketApi): string | undefined {
  return resourcesIn<CfnRoute>(api, 'AWS::ApiGatewayV2::Route').find(({ routeKey }) => routeKey === '$connect')?.authorizationType;
}

export function resourcesIn<Resource extends CfnResource>(api: WebSocketApi, type: string): Resource[] {
  return api.node.findAll().filter((construct): construct is Resource => CfnResource.isCfnResource(construct) && construct.cfnResourceType === type);
}
