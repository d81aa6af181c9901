import { isChannelName, isUserId, personalChannelOf } from './channel-name';
import type { ChannelRule, ChannelRules } from './channel-rules';
import { ALL_CONNECTIONS } from '../../../src/private/contract';
import { TARGET_PREFIX } from '../../../src/private/layer-contract';
import { RefusedPublicationError } from '../errors';
import type { Target } from '../target';

/** Target that a backend names. */
export interface Addressee {
  readonly target: Target;
  /** Channel whose members receive, with its rule; absent for all connections, and for one. */
  readonly channel?: string;
  readonly rule?: ChannelRule;
}

const CONNECTION_ID = /^[\x21-\x7e]{1,128}$/;

/** Reads the targets that backends name. Errors hold no channel name unless logs may. */
export class AddresseeReader {
  /**
   * @param hasPeople whether users have channels of their own
   * @param showsNames whether errors may hold channel names
   */
  constructor(private readonly rules: ChannelRules, private readonly hasPeople: boolean, private readonly showsNames = false) {}

  /** @param to absent for all connections */
  read(to: string | undefined): Addressee {
    if (to === undefined) return { target: ALL_CONNECTIONS };
    const { channel, user, connection } = TARGET_PREFIX;
    if (to.startsWith(channel)) return this.channel(to.slice(channel.length));
    if (to.startsWith(user)) return this.user(to.slice(user.length));
    if (to.startsWith(connection)) return connectionOf(to.slice(connection.length));
    throw new RefusedPublicationError(
      `'to' must begin with '${channel}', '${user}' or '${connection}', got ${to.length} characters that do not; correct it: a message without it reaches every connection`,
    );
  }

  private channel(name: string): Addressee {
    if (!isChannelName(name)) {
      throw new RefusedPublicationError(
        `'to' must name a channel of 1 to 128 of the characters A-Z, a-z, 0-9, _ . : - that begins with a letter or digit, got ${name.length} characters; correct it`,
      );
    }
    const rule = this.rules.of(name);
    if (!rule) {
      throw new RefusedPublicationError(`'to' must name a channel that has a rule, got ${this.showsNames ? `'${name}'` : 'one that has none'}; add one with addChannels`);
    }
    return { target: `channel:${name}`, channel: name, rule };
  }

  private user(userId: string): Addressee {
    if (!this.hasPeople) throw new RefusedPublicationError('\'to\' must not name a user on an API without userIdKey; set it, or name a channel');
    if (!isUserId(userId)) {
      throw new RefusedPublicationError(`'to' must name a user by 1 to 128 printable ASCII characters, got ${userId.length} characters; correct it`);
    }
    return this.channel(personalChannelOf(userId));
  }
}

function connectionOf(connectionId: string): Addressee {
  if (!CONNECTION_ID.test(connectionId)) {
    throw new RefusedPublicationError(`'to' must name a connection by its id, got ${connectionId.length} characters that are none; correct it`);
  }
  return { target: `connection:${connectionId}` };
}
