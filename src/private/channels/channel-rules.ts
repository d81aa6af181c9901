import { type ChannelAccessRule, ChannelAccess } from '../../channel-access';
import { type ChannelOptions } from '../../channel-options';
import { CHANNEL_NAME, LAYER_DEFAULT } from '../layer-contract';

/** The pattern of all personal channels. */
export const PERSONAL_CHANNELS = `${CHANNEL_NAME.personalPrefix}${CHANNEL_NAME.wildcard}`;

/** The rules of the channels of one pattern, as the functions read them. */
export interface ChannelRule {
  readonly pattern: string;
  readonly subscribe: ChannelAccessRule;
  readonly publish: ChannelAccessRule;
  readonly history: boolean;
  /** Absent without presence. */
  readonly presence?: { readonly maxUsers: number };
}

/** The access rules of a pattern with what is meant where one is left out. */
export function accessOf(pattern: string, { subscribeAccess, publishAccess }: ChannelOptions): Required<Pick<ChannelOptions, 'subscribeAccess' | 'publishAccess'>> {
  return {
    // By default no client may read what is meant for another user.
    subscribeAccess: subscribeAccess ?? (pattern === PERSONAL_CHANNELS ? ChannelAccess.owner() : ChannelAccess.anyone()),
    publishAccess: publishAccess ?? ChannelAccess.subscribers(),
  };
}

/** @param hasHistory whether the API keeps messages at all */
export function ruleOf(pattern: string, options: ChannelOptions, hasHistory: boolean): ChannelRule {
  const { subscribeAccess, publishAccess } = accessOf(pattern, options);
  return {
    pattern,
    subscribe: subscribeAccess._bind(),
    publish: publishAccess._bind(),
    history: options.history ?? hasHistory,
    ...(options.presence && { presence: { maxUsers: options.presence.maxUsers ?? LAYER_DEFAULT.maxPresentUsers } }),
  };
}
