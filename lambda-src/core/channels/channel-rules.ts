import { isPersonalName } from './channel-name';
import { CHANNEL_NAME } from '../../../src/private/layer-contract';
import type { ClaimRule } from '../claim-access';

/** Rule that says which clients may do something. */
export type AccessRule =
  | { readonly kind: 'anyone' | 'nobody' | 'subscribers' | 'owner' | 'hook' }
  | ({ readonly kind: 'claim' } & ClaimRule);

/** Rule for the channels that a pattern matches. */
export interface ChannelRule {
  /** Name of a channel, or a prefix of names followed by a star. */
  readonly pattern: string;
  readonly subscribe: AccessRule;
  readonly publish: AccessRule;
  /** Whether messages are kept, on an API with a history. */
  readonly history: boolean;
  /** Absent for channels without a list. */
  readonly presence?: PresenceRule;
}

/** Settings of a channel's list. */
export interface PresenceRule {
  /** Size limit; a larger list holds only the number of users. */
  readonly maxUsers: number;
}

/** Personal channels without a rule of their own are for backends only. */
const PERSONAL: ChannelRule = {
  pattern: `${CHANNEL_NAME.personalPrefix}${CHANNEL_NAME.wildcard}`,
  subscribe: { kind: 'nobody' },
  publish: { kind: 'nobody' },
  history: true,
};

/**
 * Finds the rule of a channel: the rule of its exact name, or else the one with the longest prefix.
 *
 * Invariant: a personal channel is covered only by a rule whose pattern names personal channels; a shorter prefix does not match.
 */
export class ChannelRules {
  private readonly exact: ReadonlyMap<string, ChannelRule>;
  /** Longest prefix first. */
  private readonly prefixes: readonly { readonly prefix: string; readonly rule: ChannelRule }[];

  /** @param hasPeople whether users have channels of their own */
  constructor(rules: readonly ChannelRule[], hasPeople: boolean) {
    const isPrefix = ({ pattern }: ChannelRule) => pattern.endsWith(CHANNEL_NAME.wildcard);
    const all = hasPeople && !rules.some(({ pattern }) => pattern === PERSONAL.pattern) ? [...rules, PERSONAL] : rules;
    this.exact = new Map(all.filter((rule) => !isPrefix(rule)).map((rule) => [rule.pattern, rule]));
    this.prefixes = all.filter(isPrefix)
      .map((rule) => ({ prefix: rule.pattern.slice(0, -CHANNEL_NAME.wildcard.length), rule }))
      .sort((one, other) => other.prefix.length - one.prefix.length);
  }

  /** Returns the rule of a channel, if there is one. */
  of(channel: string): ChannelRule | undefined {
    const covers = ({ prefix }: { prefix: string }) => channel.startsWith(prefix) && (!isPersonalName(channel) || isPersonalName(prefix));
    return this.exact.get(channel) ?? this.prefixes.find(covers)?.rule;
  }
}

/** Returns the part of the name that the star stands for; undefined when the rule has no star. */
export function wildcardPartOf(channel: string, { pattern }: ChannelRule): string | undefined {
  return pattern.endsWith(CHANNEL_NAME.wildcard) ? channel.slice(pattern.length - CHANNEL_NAME.wildcard.length) : undefined;
}
