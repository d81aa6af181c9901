import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import type { Claims, Issuers } from './issuers';
import type { JwtAuthorizerModel } from '../model/http-apis';

/** Result of checking a token. */
export type Verdict = { readonly ok: true; readonly claims: Claims } | { readonly ok: false; readonly why: string };

/** The algorithms that API Gateway accepts. */
const HASHES: Readonly<Record<string, string>> = { RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' };

const FETCH_TIMEOUT_MILLIS = 5000;
/** Shortest interval between two fetches of the keys; a token with an unknown key causes one. */
const REFETCH_MILLIS = 10_000;

/** Verifies tokens like the JWT authorizers of HTTP APIs. */
export class JwtChecks {
  private readonly fetched = new Map<string, { readonly at: number; readonly keys: Promise<readonly JsonWebKey[]> }>();

  constructor(private readonly issuers: Issuers) {}

  async check(token: string, { issuer, audience }: Pick<JwtAuthorizerModel, 'issuer' | 'audience'>): Promise<Verdict> {
    const parts = token.split('.');
    const header = parse(parts[0]);
    const claims = parse(parts[1]);
    if (parts.length !== 3 || !header || !claims) return refused('it is not a JSON Web Token');
    const hash = typeof header.alg === 'string' && Object.hasOwn(HASHES, header.alg) ? HASHES[header.alg] : undefined;
    if (hash === undefined) return refused(`its algorithm must be one of ${Object.keys(HASHES).join(', ')}`);
    const why = wrongClaims(claims, issuer, audience, Date.now() / 1000);
    if (why !== undefined) return refused(why);
    const key = await this.keyOf(issuer, header.kid).catch((error: unknown) => error as Error);
    if (key === undefined) return refused('it names a key that the issuer does not have');
    if (key instanceof Error) return refused(`the keys of the issuer cannot be fetched: ${key.message}`);
    const isRight = key.kty === 'RSA' && verify(hash, Buffer.from(`${parts[0]}.${parts[1]}`), createPublicKey({ key, format: 'jwk' }), Buffer.from(parts[2], 'base64url'));
    return isRight ? { ok: true, claims } : refused('its signature is wrong');
  }

  private async keyOf(issuer: string, id: unknown): Promise<JsonWebKey | undefined> {
    const named = (keys: readonly JsonWebKey[]) => keys.find(({ kid }) => kid !== undefined && kid === id);
    if (this.issuers.standsFor(issuer)) return named(this.issuers.keys);
    const known = this.fetched.get(issuer);
    const found = known && named(await known.keys);
    if (found || (known && Date.now() - known.at < REFETCH_MILLIS)) return found;
    const keys = fetchKeys(issuer);
    this.fetched.set(issuer, { at: Date.now(), keys });
    keys.catch(() => this.fetched.delete(issuer));
    return named(await keys);
  }
}

/** Returns the scopes of a token from either of the two claims. */
export function scopesOf({ scope, scp }: Claims): readonly string[] {
  const scopes = scope ?? scp;
  return Array.isArray(scopes) ? scopes.map(String) : typeof scopes === 'string' ? scopes.split(' ').filter((each) => each !== '') : [];
}

function wrongClaims(claims: Claims, issuer: string, audience: readonly string[], now: number): string | undefined {
  if (claims.iss !== issuer) return 'it is of another issuer';
  const audiences = claims.aud === undefined ? [claims.client_id] : [claims.aud].flat();
  if (!audiences.some((each) => audience.includes(String(each)))) return 'it is for another audience';
  if (typeof claims.exp !== 'number' || claims.exp <= now) return 'it has expired';
  if (typeof claims.nbf === 'number' && claims.nbf > now) return 'it is not valid yet';
  if (typeof claims.iat === 'number' && claims.iat > now) return 'it was issued in the future';
  return undefined;
}

async function fetchKeys(issuer: string): Promise<readonly JsonWebKey[]> {
  const { jwks_uri: address } = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { keys } = await fetchJson(String(address));
  return Array.isArray(keys) ? keys as JsonWebKey[] : [];
}

async function fetchJson(address: string): Promise<Claims> {
  if (!address.startsWith('https://')) throw new Error(`${address} is no https address`);
  const answer = await fetch(address, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MILLIS) });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return Object(await answer.json()) as Claims;
}

function parse(part: string | undefined): Claims | undefined {
  try {
    const value = JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Claims : undefined;
  } catch {
    return undefined;
  }
}

function refused(why: string): Verdict {
  return { ok: false, why };
}
