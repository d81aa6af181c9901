import { optionalNumber, publishClaim } from './environment';
import { DEFAULT, ENV } from '../../src/private/contract';
import { ACCESS_KINDS, LAYER_DEFAULT, LAYER_ENV } from '../../src/private/layer-contract';
import { AddresseeReader } from '../core/channels/addressee';
import { ChannelRules, type AccessRule, type ChannelRule, type PresenceRule } from '../core/channels/channel-rules';

/** Key of the authorizer's context that holds the user's id; undefined when users have none. */
export function userIdKey(): string | undefined {
  return process.env[LAYER_ENV.userIdKey];
}

/** Rules of the channels, including personal channels where users have ids. */
export function channelRules(): ChannelRules {
  const rules = parse(LAYER_ENV.channelRules) ?? [];
  if (!Array.isArray(rules)) throw wrong(LAYER_ENV.channelRules, 'must be a list of rules');
  return new ChannelRules(rules.map(ruleOf), userIdKey() !== undefined);
}

/** Reads the targets that backends name. */
export function addresseeReader(): AddresseeReader {
  return new AddresseeReader(channelRules(), userIdKey() !== undefined, process.env[LAYER_ENV.logChannels] === 'true');
}

/** Rule for publishing to all connections. */
export function publishAccess(): AccessRule {
  const rule = parse(LAYER_ENV.publishAccess);
  if (rule !== undefined) return accessOf(rule);
  if (process.env[LAYER_ENV.publishForbidden] === 'true') return { kind: 'nobody' };
  const claim = publishClaim();
  return claim ? { kind: 'claim', ...claim } : { kind: 'anyone' };
}

export function maxChannelsPerConnection(): number {
  return optionalNumber(LAYER_ENV.maxChannelsPerConnection) ?? LAYER_DEFAULT.maxChannelsPerConnection;
}

/** Lifetime of a connection's rows, in seconds after its handshake. */
export function connectionTtlSeconds(): number {
  return optionalNumber(ENV.connectionTtlSeconds) ?? DEFAULT.connectionTtlSeconds;
}

function ruleOf(value: unknown): ChannelRule {
  const { pattern, subscribe, publish, history, presence } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof pattern !== 'string' || typeof history !== 'boolean') throw wrong(LAYER_ENV.channelRules, 'must have a pattern and a history in each rule');
  const rule = { pattern, subscribe: accessOf(subscribe), publish: accessOf(publish), history };
  return presence === undefined ? rule : { ...rule, presence: presenceOf(presence) };
}

/** Reads an access rule. A function that does not understand a rule must not start: it could let in the wrong client. */
function accessOf(value: unknown): AccessRule {
  const { kind, key, patterns } = Object(value) as Readonly<Record<string, unknown>>;
  const known = ACCESS_KINDS.find((each) => each === kind);
  if (!known) throw wrong(LAYER_ENV.channelRules, `must have a kind that is one of ${ACCESS_KINDS.join(', ')} in each access rule`);
  if (known !== 'claim') return { kind: known };
  if (typeof key !== 'string' || key === '') throw wrong(LAYER_ENV.channelRules, 'must name the key of each claim');
  return { kind: known, key, patterns: patterns === true };
}

function presenceOf(value: unknown): PresenceRule {
  const { maxUsers } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof maxUsers !== 'number') throw wrong(LAYER_ENV.channelRules, 'must have a number maxUsers in each presence');
  return { maxUsers };
}

function parse(name: string): unknown {
  const text = process.env[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(name, 'must be JSON');
  }
}

function wrong(name: string, rule: string): Error {
  return new Error(`environment variable ${name} ${rule}; the construct sets it`);
}
