import { type ChannelAccess } from './channel-access';

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
}
