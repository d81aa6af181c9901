import { isPersonalName } from './channel-name';
import { CHANNEL_NAME } from '../../../src/private/layer-contract';
import type { ClaimRule } from '../claim-access';

/** Who may do something. */
export type AccessRule =
  | { readonly kind: 'anyone' | 'nobody' | 'subscribers' | 'owner' | 'hook' }
  | ({ readonly kind: 'claim' } & ClaimRule);

/** What holds for the channels that a pattern names. */
export interface ChannelRule {
  /** The name of a channel, or the beginning of names and a star. */
  readonly pattern: string;
  readonly subscribe: AccessRule;
  readonly publish: AccessRule;
  /** Whether messages are kept, on an API with a history. */
  readonly history: boolean;
  /** Absent where nobody is told who is there. */
  readonly presence?: PresenceRule;
}

/** What is told of who is there. */
export interface PresenceRule {
  /** Above it, only how many there are. */
  readonly maxUsers: number;
}

/** Personal channels, where no rule says otherwise: backends only. */
const PERSONAL: ChannelRule = {
  pattern: `${CHANNEL_NAME.personalPrefix}${CHANNEL_NAME.wildcard}`,
  subscribe: { kind: 'nobody' },
  publish: { kind: 'nobody' },
  history: true,
};

/**
 * Finds the rule of a channel: that of its own name, or else the one with the longest beginning.
 *
 * Invariant: only a rule whose pattern names personal channels covers one; a shorter beginning does not.
 */
export class ChannelRules {
  private readonly exact: ReadonlyMap<string, ChannelRule>;
  /** The longest first. */
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

  /** The rule of a channel, if there is one. */
  of(channel: string): ChannelRule | undefined {
    const covers = ({ prefix }: { prefix: string }) => channel.startsWith(prefix) && (!isPersonalName(channel) || isPersonalName(prefix));
    return this.exact.get(channel) ?? this.prefixes.find(covers)?.rule;
  }
}

/** What the star of a rule stands for in the name of a channel; nothing where the rule has none. */
export function wildcardPartOf(channel: string, { pattern }: ChannelRule): string | undefined {
  return pattern.endsWith(CHANNEL_NAME.wildcard) ? channel.slice(pattern.length - CHANNEL_NAME.wildcard.length) : undefined;
}
