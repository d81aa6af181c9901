import type { Headers } from './headers';
import { offeredSubprotocols } from './subprotocol';
import { QUOTA } from '../../src/private/contract';

/** What is used of the event of an authorizer. */
export interface AuthorizerEvent {
  readonly methodArn: string;
  readonly headers?: Headers | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
}

/** What an authorizer answers. */
export interface AuthorizerResult {
  readonly principalId: string;
  readonly policyDocument: object;
  readonly context?: Readonly<Record<string, string>>;
}

export type Claims = Readonly<Record<string, unknown>>;

/** API Gateway puts values of its own under these keys. */
const TAKEN_KEYS = ['principalId', 'integrationLatency'];

/** The token that a client brings: in this query string parameter, or else as the second subprotocol that it offers. */
export function tokenOf({ headers, queryStringParameters }: AuthorizerEvent, parameter: string | undefined): string | undefined {
  if (parameter !== undefined) return queryStringParameters?.[parameter] || undefined;
  return offeredSubprotocols(headers)[1] || undefined;
}

/**
 * Lets a client in, with claims of its token as its context: those that are named, or all. Each is a text: what is none is
 * written as JSON. Undefined when it comes to more than API Gateway takes.
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
