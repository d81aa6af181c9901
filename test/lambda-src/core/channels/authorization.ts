import { ChannelApi, CONNECTED, type ChannelApiOptions } from './channel-api';
import type { AccessRule } from '../../../../lambda-src/core/channels/channel-rules';
import type { HookDecision } from '../../../../lambda-src/core/hook';

/** One attempt of a client. */
export interface Case {
  readonly action: 'subscribe' | 'subscribe list' | 'handshake' | 'publish' | 'publish to all' | 'plain text' | 'history' | 'unsubscribe';
  /** Access rule that the attempt meets. */
  readonly access: string;
  readonly isMember: boolean;
  /** Whether the channel contains the id of the client's own user. */
  readonly isOwn: boolean;
  readonly queued: boolean;
  readonly hook: 'none' | 'allows' | 'denies' | 'fails';
  /** Whether messages are kept in a history. */
  readonly isKept: boolean;
}

const CLAIM: AccessRule = { kind: 'claim', key: 'rooms', patterns: false };
const ACCESS: Readonly<Record<string, AccessRule>> = {
  anyone: { kind: 'anyone' },
  nobody: { kind: 'nobody' },
  subscribers: { kind: 'subscribers' },
  owner: { kind: 'owner' },
  hook: { kind: 'hook' },
  listed: CLAIM,
  unlisted: CLAIM,
  // As a later version might write it.
  unheard: { kind: 'somebody' } as unknown as AccessRule,
};
const DECISIONS: Readonly<Record<Case['hook'], HookDecision | Error | undefined>> = {
  none: undefined, allows: { action: 'allow' }, denies: { action: 'deny' }, fails: new Error('no decision'),
};

const ACTIONS: readonly Case['action'][] = ['subscribe', 'subscribe list', 'handshake', 'publish', 'publish to all', 'plain text', 'history', 'unsubscribe'];

/** Actions that are delivered in another way where messages are not kept. */
const SENDING: readonly Case['action'][] = ['publish', 'publish to all', 'plain text'];

export function allCases(): Case[] {
  const booleans = [true, false];
  return ACTIONS.flatMap((action) => Object.keys(ACCESS).flatMap((access) => booleans.flatMap((isMember) => booleans.flatMap((isOwn) =>
    booleans.flatMap((queued) => (Object.keys(DECISIONS) as Case['hook'][]).flatMap((hook) => (SENDING.includes(action) ? booleans : [true]).map((isKept) =>
      ({ action, access, isMember, isOwn, queued, hook, isKept }))))))));
}

/** Expected result, derived from nothing but the case. */
function isAllowed({ action, access, isMember, isOwn, hook }: Case): boolean {
  const isHookAllowing = hook === 'allows';
  if (action === 'unsubscribe') return true;
  if (action === 'history') return isMember;
  const isForAll = action === 'publish to all' || action === 'plain text';
  const byRule = access === 'anyone' || access === 'listed' || (access === 'owner' && isOwn && !isForAll);
  if (action === 'subscribe' || action === 'subscribe list' || action === 'handshake') return byRule || (access === 'hook' && isHookAllowing);
  const isLetIn = byRule || (access === 'subscribers' && isMember && !isForAll) || (access === 'hook' && hook !== 'none');
  return isLetIn && (hook === 'none' || isHookAllowing);
}

const SECRET = 'said before';

/** Returns what is wrong with the result of an attempt. */
export async function wrongWith(attempt: Case, core?: ChannelApiOptions['core']): Promise<string | undefined> {
  const { action, access, isMember, isOwn, queued, hook, isKept } = attempt;
  const decision = DECISIONS[hook];
  const channel = isOwn ? 'c.u1' : 'c.u2';
  const rule = ACCESS[access];
  const open: AccessRule = { kind: 'anyone' };
  const isJoin = action === 'subscribe' || action === 'subscribe list' || action === 'handshake';
  const isForAll = action === 'publish to all' || action === 'plain text';
  const api = new ChannelApi({
    core,
    queued,
    hasHistory: isKept,
    userIdKey: 'sub',
    // All other rules, including a shorter pattern, allow everything: none of them must apply.
    rules: [
      { pattern: 'c*', subscribe: open, publish: open, history: true },
      { pattern: 'c.*', subscribe: isJoin ? rule : open, publish: isJoin || isForAll ? open : rule, history: true },
      { pattern: '*', subscribe: open, publish: open, history: true },
    ],
    publishAccess: isForAll ? rule : open,
    hook: decision && (() => decision),
  });
  const names = isForAll ? '*' : channel;
  const authorizer = { sub: 'u1', rooms: access === 'listed' ? `a,${names} b` : `${names}1 x${names} ${names.toUpperCase()}x c.* ${names.slice(0, -1)}` };
  api.open('stranger');
  api.members.add(channel, 'witness', CONNECTED);
  if (isMember) api.members.add(channel, 'me', CONNECTED);
  else if (action !== 'handshake') api.open('me');
  // The row of an earlier connection with the same id: it must not count.
  if (!isMember) api.members.rows.channel.set(`me|${channel}`, { channel, connectionId: 'me', connectedAt: CONNECTED - 1, at: 1, request: 'before', ttl: CONNECTED / 1_000 + 10_800 });
  await api.publish(SECRET, { to: `channel:${channel}` });
  api.received.clear();

  const got = await attemptOf(attempt, api, channel, authorizer);
  const expected = isAllowed(attempt);
  if (got.done !== expected) return `${expected ? 'was refused' : 'was let in'}: ${got.answer}`;
  if (JSON.stringify(got.answer).includes(SECRET) && !(action === 'history' && isMember)) return 'was told what was said before';
  const isNowMember = api.members.rows.channel.get(`me|${channel}`)?.connectedAt === CONNECTED;
  const shouldBe = action === 'unsubscribe' ? false : isMember || (isJoin && expected);
  if (isNowMember !== shouldBe) return isNowMember ? 'is a member' : 'is no member';
  const heard = [...api.received.keys()].sort().join();
  const shouldHear = !expected || isJoin || action === 'history' || action === 'unsubscribe' ? '' : isForAll
    ? [...api.members.connections.keys()].sort().join()
    : ['me', 'witness'].filter((id) => id === 'witness' || isMember || api.members.rows.channel.has('me|' + channel)).join();
  // The row of an earlier connection counts for its id, until a request or a 410 ends it.
  return heard === shouldHear ? undefined : `was heard by ${heard}, not by ${shouldHear}`;
}

async function attemptOf({ action }: Case, api: ChannelApi, channel: string, authorizer: Record<string, unknown>) {
  switch (action) {
    case 'handshake': {
      const status = await api.connect('me', [channel], authorizer);
      return { done: status === 200, answer: status };
    }
    case 'subscribe list': {
      const last = await api.act('me', 'subscribe', { channels: [{ channel }, { channel: 'open' }] }, authorizer);
      const [first] = api.extra as { type: string }[];
      return { done: first?.type === 'subscribed' && last.type === 'subscribed', answer: first ?? last };
    }
    case 'plain text': {
      const answer = await api.act('me', undefined, 'hello', authorizer).then(() => 'sent', (error: Error) => error.name);
      return { done: answer === 'sent', answer };
    }
    default: {
      const isAll = action === 'publish to all';
      const name = isAll ? 'publish' : action;
      const answer = await api.act('me', name, { ...(!isAll && { channel }), ...(name === 'publish' && { message: 'hello' }) }, authorizer);
      return { done: answer.type !== 'error', answer };
    }
  }
}
