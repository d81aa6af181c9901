import { isUserId } from './channel-name';

/** The id of a user, none, or one that cannot be used. */
export type UserIdentity = { readonly userId?: string } | 'malformed';

/** The id of the user that an authorizer let in: what its context has under this key. */
export function identify(context: Readonly<Record<string, unknown>> | undefined, key: string | undefined): UserIdentity {
  const value = key !== undefined && context && Object.hasOwn(context, key) ? context[key] : undefined;
  if (value === undefined || value === null) return {};
  const userId = String(value);
  return isUserId(userId) ? { userId } : 'malformed';
}

/** The same where whoever is connected was looked at: only the handshake lets in. */
export function userIdOf(context: Readonly<Record<string, unknown>> | undefined, key: string | undefined): string | undefined {
  const identity = identify(context, key);
  return identity === 'malformed' ? undefined : identity.userId;
}
