import { isUserId } from './channel-name';

/** Result of reading a user's id: an id, none, or one that cannot be used. */
export type UserIdentity = { readonly userId?: string } | 'malformed';

/** Reads the id of the user that an authorizer admitted, from this key of its context. */
export function identify(context: Readonly<Record<string, unknown>> | undefined, key: string | undefined): UserIdentity {
  const value = key !== undefined && context && Object.hasOwn(context, key) ? context[key] : undefined;
  if (value === undefined || value === null) return {};
  const userId = String(value);
  return isUserId(userId) ? { userId } : 'malformed';
}

/** Reads the id where the handshake has already checked it. */
export function userIdOf(context: Readonly<Record<string, unknown>> | undefined, key: string | undefined): string | undefined {
  const identity = identify(context, key);
  return identity === 'malformed' ? undefined : identity.userId;
}
