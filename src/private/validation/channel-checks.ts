import { Annotations, Token } from 'aws-cdk-lib';
import { type WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Construct } from 'constructs';
import { checkConcurrency } from './api-checks';
import { checkEnvironment, checkInteger, formatValue } from './checks';
import { checkStruct } from './kinds';
import { checkHeartbeat } from './layer-checks';
import { checkContextType, checkRule, contextUseOf, formatRule } from './rule-checks';
import { CHANNEL_OPTIONS } from './shapes';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type ChannelAccess } from '../../channel-access';
import { type ChannelOptions } from '../../channel-options';
import { MessageFormat } from '../../message-format';
import { accessOf, type ChannelRule, PERSONAL_CHANNELS, ruleOf } from '../channels/channel-rules';
import { type LayerSource } from '../channels/layers';
import { CHANNEL_NAME, LAYER_BOUND } from '../layer-contract';

/** The name of a channel, or the beginning of names and a star. */
const PATTERN = /^[A-Za-z0-9](?:[A-Za-z0-9_.:-]{0,127}|[A-Za-z0-9_.:-]{0,126}\*)$/;

/** Throws on the first rule of a pattern that could not be kept to. Creates nothing. */
export function checkChannels(api: WebSocketApi, source: LayerSource, pattern: string, options: ChannelOptions): void {
  const { props, channels: { rules } } = source;
  checkPattern(pattern, props);
  checkStruct('options', options, CHANNEL_OPTIONS);
  if (rules.some((rule) => rule.pattern === pattern)) {
    throw new Error(`'pattern' must be added once, got '${pattern}' a second time; one rule counts for a name: give all options in one call of addChannels`);
  }
  if (!props.publishAccess) {
    throw new Error(
      `'publishAccess' of the API must be given with addChannels, got none with '${pattern}'; by default every client may send to all connections, whatever the rules of `
      + 'channels say: set publishAccess: ChannelAccess.nobody() to have channels only, or ChannelAccess.anyone() to keep that',
    );
  }
  checkHeartbeat('addChannels', props);
  for (const [option, access] of Object.entries(accessOf(pattern, options))) checkAccess(`'${option}' of '${pattern}'`, access, pattern, api, props);
  if (accessOf(pattern, options).subscribeAccess._bind().kind === 'subscribers') {
    throw new Error(`'subscribeAccess' of '${pattern}' must not be ChannelAccess.subscribers(), got ChannelAccess.subscribers(); nobody could be the first: use another rule`);
  }
  if (options.history && !props.history) {
    throw new Error(`'history' of '${pattern}' must come with the 'history' of the API, got true alone; no message is kept without: set history: {} of the API, or leave it out`);
  }
  checkPresence(pattern, options, props);
  const rule = ruleOf(pattern, options, props.history !== undefined);
  checkSize([...rules, rule], props);
  checkConcurrency({ props, channels: { ...source.channels, rules: [...rules, rule] } });
}

function checkPresence(pattern: string, { presence }: ChannelOptions, { userIdKey }: BroadcastWebSocketApiProps): void {
  if (!presence) return;
  if (userIdKey === undefined) {
    throw new Error(`'presence' of '${pattern}' must come with the 'userIdKey' of the API, got none; it says which connections are of one user: set userIdKey, or leave presence out`);
  }
  const why = 'a list has to be one frame: leave it out to get the default';
  checkInteger(`presence.maxUsers' of '${pattern}`, presence.maxUsers, 1, LAYER_BOUND.maxMaxPresentUsers, 'users', why);
}

function checkPattern(pattern: string, { userIdKey }: BroadcastWebSocketApiProps): void {
  const rule = `'pattern' must be the name of a channel, or the beginning of names and a '*', got ${formatValue(pattern)}`;
  if (typeof pattern !== 'string' || Token.isUnresolved(pattern)) throw new Error(`${rule}; it has to be known at synth: write a text such as 'room:*'`);
  if (pattern === CHANNEL_NAME.wildcard) {
    throw new Error(`${rule}; '*' stands for a broadcast to all connections, which publishAccess of the API is for: write a beginning, such as 'room:*'`);
  }
  if (!PATTERN.test(pattern)) {
    throw new Error(`${rule}; it has 1 to 128 letters, digits and characters of _.:-, begins with a letter or a digit, and has a '*' at its end only: write a text such as 'room:*'`);
  }
  if (!pattern.startsWith(CHANNEL_NAME.personalPrefix)) return;
  if (pattern !== PERSONAL_CHANNELS) {
    throw new Error(`'pattern' must be '${PERSONAL_CHANNELS}' for personal channels, got '${pattern}'; one rule counts for all users: write '${PERSONAL_CHANNELS}', or another beginning`);
  }
  if (userIdKey === undefined) {
    throw new Error(`'pattern' must not begin with '${CHANNEL_NAME.personalPrefix}' without 'userIdKey', got '${pattern}'; personal channels begin so: set userIdKey, or write another beginning`);
  }
}

function checkAccess(label: string, access: ChannelAccess, pattern: string, api: WebSocketApi, props: BroadcastWebSocketApiProps): void {
  checkRule(label, access, props);
  const use = contextUseOf(label, access);
  if (use) checkContextType(use, api);
  const rule = access._bind();
  if (rule.kind === 'owner' && !pattern.endsWith(CHANNEL_NAME.wildcard)) {
    throw new Error(`${label} must have a pattern that ends with '*', got ${formatRule(rule)}; the owner's id stands in its place: write a pattern such as '${pattern}:*', or another rule`);
  }
}

/** The environment of the connection handler has the origins as well. */
function checkSize(rules: readonly ChannelRule[], { allowedOrigins = [] }: BroadcastWebSocketApiProps): void {
  const texts = [JSON.stringify(rules), ...(Token.isUnresolved(allowedOrigins) ? [] : allowedOrigins)];
  checkEnvironment('addChannels', texts, "use patterns such as 'room:*' for fewer rules, and fewer allowedOrigins, which are a part of it");
}

/** Warns of props with which channels work, and may yet not do what a client expects. */
export function warnOfChannels(scope: Construct, { messageFormat = MessageFormat.ATTRIBUTED }: BroadcastWebSocketApiProps): void {
  if (messageFormat._name === MessageFormat.ENVELOPE._name) return;
  Annotations.of(scope).addWarningV2(
    'cdk-broadcast-websocket-api:channelsWithoutEnvelope',
    `'messageFormat' should be MessageFormat.ENVELOPE with addChannels, got ${messageFormat._name}; no other format tells clients which channel a message is from: `
    + 'set it, or acknowledge this if no client is in two channels at once',
  );
}
