import { encodeUserId } from './channel-name';
import { wildcardPartOf, type AccessRule, type ChannelRule } from './channel-rules';
import { listsName } from '../claim-access';

/** The client that an access rule is applied to. */
export interface Asker {
  readonly userId?: string;
  /** Context that the authorizer returned for the client. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

/**
 * Result of a rule alone: the client may, may not, may if it is a member, or may if the hook allows it.
 *
 * An unknown kind lets no client in.
 */
export type Verdict = 'allowed' | 'forbidden' | 'members' | 'hook';

export function verdictOf(access: AccessRule, channel: string, asker: Asker, rule?: ChannelRule): Verdict {
  switch (access.kind) {
    case 'anyone': return 'allowed';
    case 'subscribers': return 'members';
    case 'hook': return 'hook';
    case 'claim': return listsName(asker.authorizer, access, channel) ? 'allowed' : 'forbidden';
    case 'owner': return rule && isOwner(channel, rule, asker) ? 'allowed' : 'forbidden';
    default: return 'forbidden';
  }
}

/** Whether the star of the pattern stands for the id of the client's user. */
function isOwner(channel: string, rule: ChannelRule, { userId }: Asker): boolean {
  return userId !== undefined && wildcardPartOf(channel, rule) === encodeUserId(userId);
}
