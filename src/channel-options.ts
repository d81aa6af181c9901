import { type ChannelAccess } from './channel-access';
import { type PresenceOptions } from './presence-options';

/**
 * Rules of the channels whose names match a pattern.
 */
export interface ChannelOptions {
  /**
   * Clients that may subscribe, and so receive the messages.
   *
   * @default ChannelAccess.anyone(), but ChannelAccess.owner() for the pattern `user:*`
   */
  readonly subscribeAccess?: ChannelAccess;

  /**
   * Clients that may publish.
   *
   * @default ChannelAccess.subscribers()
   */
  readonly publishAccess?: ChannelAccess;

  /**
   * Whether the history of the API keeps the messages, so that subscribers recover what they missed.
   *
   * @default - true if the API has a `history`
   */
  readonly history?: boolean;

  /**
   * Presence: members of a channel get a list of its users after each change.
   *
   * `{}` switches it on. A list follows a change within about 15 seconds. It needs `userIdKey`, because all connections of a user count as one.
   * Others see the name that `senderNameKey` gives, and an id that does not reveal the user's own.
   *
   * @default - no lists
   */
  readonly presence?: PresenceOptions;
}
