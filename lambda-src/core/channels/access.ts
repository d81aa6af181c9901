import { encodeUserId } from './channel-name';
import { wildcardPartOf, type AccessRule, type ChannelRule } from './channel-rules';
import { listsName } from '../claim-access';

/** Who asks. */
export interface Asker {
  readonly userId?: string;
  /** What the authorizer said of the client. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

/**
 * What a rule says by itself: the client may, may not, may if it is a member, or may if the hook allows it.
 *
 * A kind that is not known lets no client in.
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

/** The star of the rule stands for the id of the client's user. */
function isOwner(channel: string, rule: ChannelRule, { userId }: Asker): boolean {
  return userId !== undefined && wildcardPartOf(channel, rule) === encodeUserId(userId);
}
