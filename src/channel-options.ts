import { type ChannelAccess } from './channel-access';
import { type PresenceOptions } from './presence-options';

/**
 * Options of `addChannels`: the rules of the channels whose names match a pattern.
 */
export interface ChannelOptions {
  /**
   * The clients that may subscribe, and so receive what is published.
   *
   * @default ChannelAccess.anyone(), but ChannelAccess.owner() for the pattern `user:*`
   */
  readonly subscribeAccess?: ChannelAccess;

  /**
   * The clients that may publish.
   *
   * @default ChannelAccess.subscribers()
   */
  readonly publishAccess?: ChannelAccess;

  /**
   * Whether the messages are kept in the history of the API, from which subscribers recover what they missed.
   *
   * @default - true if the API has a `history`
   */
  readonly history?: boolean;

  /**
   * Tells the members of a channel which users are in it, by lists that follow changes within about 15 seconds. `{}` switches it on.
   *
   * It needs `userIdKey`, by which the connections of a user are one. Others see the name that `senderNameKey` gives, and an id that
   * says nothing of the user.
   *
   * @default - nobody is told
   */
  readonly presence?: PresenceOptions;
}
