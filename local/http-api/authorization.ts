import { authorizerEvent, routeArn, type Caller } from './events';
import type { HttpApiRequest } from './request';
import { gatewayResponse, type HttpApiResponse } from './response';
import type { Selected } from './route-selection';
import { allows } from '../gateway/policy';
import type { SignatureCheck, SignedRequest } from '../gateway/signature';
import type { Invoke } from '../lambda/invoke';
import type { HttpApiModel, JwtAuthorizerModel, LambdaAuthorizerModel } from '../model/http-apis';
import type { Claims } from '../tokens/issuers';
import { scopesOf, type JwtChecks } from '../tokens/jwt';

/** Authorized caller, or the answer to a refused request. */
export type Authorization = { readonly caller: Caller } | { readonly refusal: HttpApiResponse };

export interface AuthorizationPorts {
  readonly invoke: Invoke;
  readonly tokens: JwtChecks;
  readonly signatures: SignatureCheck;
}

interface Asked {
  readonly api: HttpApiModel;
  readonly request: HttpApiRequest;
  readonly selected: Selected;
  /** Signed request for IAM. */
  readonly signed: SignedRequest;
}

/** Limit of the cache, so that a client with ever new identities does not fill the memory. */
const MAX_CACHED = 1000;

const NOBODY: Authorization = { caller: { kind: 'nobody' } };

/** Authorizes requests to the routes of one HTTP API. */
export class HttpApiAuthorization {
  /** Answers of authorizers, by authorizer and identity. */
  private readonly cached = new Map<string, { readonly until: number; readonly payload: unknown }>();

  constructor(private readonly ports: AuthorizationPorts) {}

  /** Clears the cache when an app is newly loaded. */
  reset(): void {
    this.cached.clear();
  }

  async authorize(asked: Asked): Promise<Authorization> {
    const { route: { authorization, authorizer, scopes } } = asked.selected;
    if (authorization === 'AWS_IAM') return this.byIam(asked);
    if (authorization === 'NONE') return NOBODY;
    if (authorizer?.type === 'jwt') return this.byToken(authorizer, scopes, asked);
    if (authorizer?.type === 'lambda') return this.byFunction(authorizer, asked);
    return unavailable('its authorizer is not available here');
  }

  private async byIam({ signed }: Asked): Promise<Authorization> {
    const refused = await this.ports.signatures.refusal(signed, Date.now());
    return refused ? { refusal: gatewayResponse(403, 'Forbidden', `${refused.errorType}: ${refused.message}`) } : { caller: { kind: 'iam' } };
  }

  private async byToken(authorizer: JwtAuthorizerModel, scopes: readonly string[], asked: Asked): Promise<Authorization> {
    const [value] = identitiesOf(authorizer.identitySources, asked);
    if (value === undefined || value === '') return unauthorized('the token is missing', 'Bearer');
    const verdict = await this.ports.tokens.check(value.replace(/^Bearer /i, ''), authorizer);
    if (!verdict.ok) return unauthorized(`the token is refused: ${verdict.why}`, `Bearer scope="${scopes.join(' ')}" error="invalid_token"`);
    const granted = scopesOf(verdict.claims);
    if (scopes.length > 0 && !scopes.some((scope) => granted.includes(scope))) {
      const headers = { 'www-authenticate': `Bearer scope="${scopes.join(' ')}" error="insufficient_scope"` };
      return { refusal: gatewayResponse(403, 'Forbidden', 'the token has none of the scopes of the route', headers) };
    }
    return { caller: { kind: 'jwt', claims: textsOf(verdict.claims), scopes: scopes.length > 0 ? granted : null } };
  }

  private async byFunction(authorizer: LambdaAuthorizerModel, asked: Asked): Promise<Authorization> {
    const identities = identitiesOf(authorizer.identitySources, asked);
    if (identities.some((identity) => identity === undefined || identity === '')) return { refusal: gatewayResponse(401, 'Unauthorized', 'an identity source is missing') };
    const payload = await this.ask(authorizer, asked, identities as string[]);
    if (payload instanceof Error) {
      return payload.message === 'Unauthorized' ? { refusal: gatewayResponse(401, 'Unauthorized', 'the authorizer threw Unauthorized') } : unavailable(`the authorizer failed: ${payload.message}`);
    }
    const { isAuthorized, context, policyDocument, principalId } = (payload ?? {}) as Record<string, unknown>;
    const isSimple = authorizer.format === '2.0' && authorizer.isSimple;
    const allowed = isSimple ? typeof isAuthorized === 'boolean' ? isAuthorized : undefined : allows(policyDocument, routeArn(asked.api, asked.request));
    if (allowed === undefined) return unavailable(`the authorizer returned no ${isSimple ? 'isAuthorized' : 'policyDocument with statements'}`);
    if (!allowed) return { refusal: gatewayResponse(403, 'Forbidden', 'the authorizer denied it') };
    return { caller: { kind: 'lambda', context: (context ?? {}) as Record<string, unknown>, ...typeof principalId === 'string' && { principalId } } };
  }

  /** Returns an authorizer's answer, new or cached; an error when it gives none. */
  private async ask(authorizer: LambdaAuthorizerModel, { api, request, selected }: Asked, identities: readonly string[]): Promise<unknown> {
    const { cacheSeconds, functionArn, path } = authorizer;
    const key = JSON.stringify([path, ...identities]);
    const isCached = cacheSeconds > 0 && identities.length > 0;
    const known = isCached ? this.cached.get(key) : undefined;
    if (known && known.until > Date.now()) return known.payload;
    const outcome = await this.ports.invoke(functionArn, authorizerEvent(authorizer, api, request, selected, identities));
    if (!outcome.ok) return new Error(outcome.errorMessage === 'Unauthorized' ? 'Unauthorized' : outcome.errorType);
    if (this.cached.size >= MAX_CACHED) this.cached.clear();
    if (isCached) this.cached.set(key, { until: Date.now() + cacheSeconds * 1000, payload: outcome.payload });
    return outcome.payload;
  }
}

/** Returns the values of identity sources, such as `$request.header.Authorization`. */
function identitiesOf(sources: readonly string[], { request, selected }: Asked): (string | undefined)[] {
  return sources.map((source) => {
    const [, place, name] = /^\$?(request\.header|request\.querystring|stageVariables|context)\.(.+)$/.exec(source) ?? [];
    switch (place) {
      case 'request.header': return request.headers.get(name.toLowerCase())?.join(',');
      case 'request.querystring': return request.query.get(name)?.join(',');
      case 'stageVariables': return request.stage.variables?.[name];
      case 'context': return contextOf(request, selected, name);
      default: return undefined;
    }
  });
}

function contextOf(request: HttpApiRequest, { route }: Selected, name: string): string | undefined {
  const known: Readonly<Record<string, string>> = {
    'routeKey': route.key, 'httpMethod': request.method, 'path': request.path, 'stage': request.stage.name, 'identity.sourceIp': request.sourceIp, 'requestId': request.id,
  };
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

/** Converts claims to strings for events; a list is written as Java does. */
function textsOf(claims: Claims): Record<string, string> {
  const text = (value: unknown): string => (Array.isArray(value) ? `[${value.map(text).join(' ')}]` : typeof value === 'object' ? JSON.stringify(value) : String(value));
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, text(value)]));
}

function unauthorized(why: string, challenge: string): Authorization {
  return { refusal: gatewayResponse(401, 'Unauthorized', why, { 'www-authenticate': challenge }) };
}

function unavailable(why: string): Authorization {
  return { refusal: gatewayResponse(500, 'Internal Server Error', why) };
}
