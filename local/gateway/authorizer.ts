import type { AuthorizerContext } from './connection';
import type { GatewayEvent } from './events';
import { allows } from './policy';
import { QUOTA } from '../../src/private/contract';
import type { Invoke } from '../lambda/invoke';
import type { AuthorizerModel } from '../model/apis';

/** Result of an authorizer: a context, or the status of the refused handshake. */
export type Authorization =
  | { readonly ok: true; readonly context: AuthorizerContext }
  | { readonly ok: false; readonly status: number; readonly why: string };

/** Calls a Lambda authorizer for a handshake. Results are never cached, as on AWS. */
export async function authorize(authorizer: AuthorizerModel, event: GatewayEvent, invoke: Invoke): Promise<Authorization> {
  const missing = authorizer.identitySources.find((source) => !identityOf(source, event));
  if (missing !== undefined) return refused(401, `identity source ${missing} is missing`);
  const started = Date.now();
  const outcome = await invoke(authorizer.functionArn, event);
  if (!outcome.ok) {
    if (outcome.errorMessage === 'Unauthorized') return refused(401, 'the authorizer threw Unauthorized');
    return refused(500, `the authorizer failed: ${outcome.errorType}`);
  }
  return readResult(outcome.payload, String(event.methodArn), Date.now() - started);
}

function readResult(payload: unknown, methodArn: string, integrationLatency: number): Authorization {
  const result = (payload ?? {}) as { principalId?: unknown; policyDocument?: unknown; context?: unknown };
  if (Buffer.byteLength(JSON.stringify(result)) > QUOTA.authorizerResultBytes) return refused(500, `the authorizer returned more than ${QUOTA.authorizerResultBytes / 1024} KB`);
  if (typeof result.principalId !== 'string') return refused(500, 'the authorizer returned no principalId');
  const allowed = allows(result.policyDocument, methodArn);
  if (allowed === undefined) return refused(500, 'the authorizer returned no policyDocument with statements');
  if (!allowed) return refused(403, 'the authorizer denied it');
  const context = Object.entries(result.context ?? {});
  const nested = context.find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value));
  if (nested) return refused(500, `the authorizer returned a context whose '${nested[0]}' is not a string, a number or a boolean`);
  const values = Object.fromEntries(context.map(([key, value]) => [key, String(value)]));
  return { ok: true, context: { ...values, principalId: result.principalId, integrationLatency } };
}

/** Returns the value of an identity source, such as `route.request.header.Authorization`. */
function identityOf(source: string, event: GatewayEvent): string | undefined {
  const [, where, name] = /^(route\.request\.(?:multivalue)?(?:header|querystring)|stageVariables|context)\.(.+)$/i.exec(source) ?? [];
  if (where === undefined) return undefined;
  const of = (values: unknown, isName: (key: string) => boolean) => {
    const value = Object.entries(values ?? {}).find(([key]) => isName(key))?.[1] as unknown;
    return value === undefined || typeof value === 'object' ? undefined : String(value);
  };
  const exactly = (key: string) => key === name;
  if (where.endsWith('header')) return of(event.headers, (key) => key.toLowerCase() === name.toLowerCase());
  if (where.endsWith('querystring')) return of(event.queryStringParameters, exactly);
  if (where === 'stageVariables') return of(event.stageVariables, exactly);
  return of({ ...event.requestContext.identity as object, ...event.requestContext }, exactly);
}

function refused(status: number, why: string): Authorization {
  return { ok: false, status, why };
}
