import type { GatewayEvent } from './events';
import { answerByMock } from './mock';
import type { Invoke } from '../lambda/invoke';
import type { IntegrationModel, MockIntegrationModel } from '../model/apis';

/** Result of an integration. */
export type IntegrationResult =
  | { readonly kind: 'response'; readonly statusCode?: number; readonly headers: Readonly<Record<string, string>>; readonly body?: string }
  /** It failed, or answered something that API Gateway does not accept. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'timeout' };

const RESPONSE_KEYS = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded'];

/** Answers an event. After the timeout the result is `timeout`, and the integration runs on. */
export async function integrate(
  integration: IntegrationModel | undefined, event: GatewayEvent, invoke: Invoke, timeoutMillis: number,
): Promise<IntegrationResult> {
  switch (integration?.type) {
    case undefined: return { kind: 'response', statusCode: 200, headers: {} };
    case 'mock': return mock(integration, event);
    case 'unsupported': return { kind: 'failed', why: `${integration.what} is not emulated` };
    case 'lambda': {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<IntegrationResult>((resolve) => {
        timer = setTimeout(() => resolve({ kind: 'timeout' }), Math.min(timeoutMillis, integration.timeoutMillis ?? Infinity)).unref();
      });
      const answer = invoke(integration.functionArn, event);
      const response = answer.then((outcome) => (outcome.ok ? readProxyResponse(outcome.payload) : failed(outcome.errorType)));
      const result = await Promise.race([response, timeout]);
      clearTimeout(timer);
      return result;
    }
  }
}

/** Interprets a function's result like API Gateway. */
export function readProxyResponse(payload: unknown): IntegrationResult {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return failed('the function did not return an object');
  const response = payload as Record<string, unknown>;
  const unknownKey = Object.keys(response).find((key) => !RESPONSE_KEYS.includes(key));
  if (unknownKey !== undefined) return failed(`the function returned an object with the unknown key '${unknownKey}'`);
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = response;
  if (body !== undefined && body !== null && typeof body !== 'string') return failed('the function returned a body that is not a string');
  const status = statusCode === undefined || statusCode === null ? undefined : isScalar(statusCode) ? Number(statusCode) : NaN;
  if (status !== undefined && !(Number.isInteger(status) && status >= 100 && status <= 599)) return failed('the function returned no valid statusCode');
  const values = { ...valuesOf(headers), ...valuesOf(multiValueHeaders) };
  const strange = Object.keys(values).find((name) => !values[name].every(isScalar));
  if (strange !== undefined) return failed(`the function returned the header '${strange}' with a value that is not text`);
  return {
    kind: 'response',
    statusCode: status,
    headers: Object.fromEntries(Object.entries(values).map(([name, of]) => [name, of.join(', ')])),
    body: typeof body === 'string' && isBase64Encoded === true ? Buffer.from(body, 'base64').toString() : body ?? undefined,
  };
}

function mock(integration: MockIntegrationModel, { body }: GatewayEvent): IntegrationResult {
  const answer = answerByMock(integration, typeof body === 'string' ? body : '');
  return 'why' in answer ? failed(answer.why) : { kind: 'response', headers: {}, ...answer };
}

function failed(why: string): IntegrationResult {
  return { kind: 'failed', why };
}

function valuesOf(headers: unknown): Record<string, readonly unknown[]> {
  const entries = Object.entries(headers ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]: [string, unknown]) => [name.toLowerCase(), Array.isArray(value) ? value : [value]]));
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
