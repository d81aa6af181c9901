import type { Headers } from './headers';
import { offeredSubprotocols } from './subprotocol';
import { QUOTA } from '../../src/private/contract';

/** Used part of an authorizer's event. */
export interface AuthorizerEvent {
  readonly methodArn: string;
  readonly headers?: Headers | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
}

/** Result of an authorizer. */
export interface AuthorizerResult {
  readonly principalId: string;
  readonly policyDocument: object;
  readonly context?: Readonly<Record<string, string>>;
}

export type Claims = Readonly<Record<string, unknown>>;

/** Keys under which API Gateway puts values of its own. */
const TAKEN_KEYS = ['principalId', 'integrationLatency'];

/** Returns the client's token: from this query string parameter, or else from the second subprotocol that it offers. */
export function tokenOf({ headers, queryStringParameters }: AuthorizerEvent, parameter: string | undefined): string | undefined {
  if (parameter !== undefined) return queryStringParameters?.[parameter] || undefined;
  return offeredSubprotocols(headers)[1] || undefined;
}

/**
 * Admits a client, with the named claims of its token as its context, or all of them. Each value is a string; other values are written as
 * JSON. Undefined when the context is larger than API Gateway accepts.
 */
export function allow(methodArn: string, claims: Claims, names?: readonly string[]): AuthorizerResult | undefined {
  const kept = Object.entries(claims).filter(([name, value]) =>
    value !== undefined && value !== null && !TAKEN_KEYS.includes(name) && (names?.includes(name) ?? true));
  const context = Object.fromEntries(kept.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]));
  const result = { ...verdict('Allow', methodArn, typeof claims.sub === 'string' ? claims.sub : 'unknown'), context };
  return Buffer.byteLength(JSON.stringify(result)) > QUOTA.authorizerResultBytes ? undefined : result;
}

export function deny(methodArn: string): AuthorizerResult {
  return verdict('Deny', methodArn, 'nobody');
}

function verdict(Effect: 'Allow' | 'Deny', Resource: string, principalId: string): AuthorizerResult {
  return { principalId, policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] } };
}
