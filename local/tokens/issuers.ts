import { generateKeyPairSync, randomUUID, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { LocalError } from '../errors';
import { AWS_SUFFIXES } from '../template/partitions';

export type Claims = Readonly<Record<string, unknown>>;

/** An issuer that the app trusts, and the accepted audiences. */
export interface TrustedIssuer {
  readonly issuer: string;
  /** The first is used for tokens without one. */
  readonly audience: readonly string[];
  /** Cognito only: the accepted kind of token, if it is known. */
  readonly tokenUse?: string;
}

const LIFETIME_SECONDS = 3600;

/**
 * The issuers that the runner replaces: it holds their keys and can make their tokens. They are the Cognito user pools, which are not emulated
 * otherwise, and the issuers that the user names.
 */
export class Issuers {
  /** Created on first use: it takes as long as the rest of a start. */
  private key?: { readonly id: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };

  /**
   * @param named issuers in addition to Cognito's
   * @param trusted returns the issuers that the app trusts, as last loaded
   */
  constructor(private readonly named: readonly string[], private readonly trusted: () => readonly TrustedIssuer[]) {
    for (const issuer of named) check(issuer);
  }

  /** Hosts outside AWS that functions have to reach here. */
  get hosts(): string[] {
    return this.named.map((issuer) => new URL(issuer).hostname);
  }

  standsFor(issuer: string): boolean {
    return this.named.includes(issuer) || isOfAws(issuer);
  }

  /** Public keys in the form that issuers publish. */
  get keys(): readonly JsonWebKey[] {
    const { id, publicKey } = this.signingKey;
    return [{ ...publicKey.export({ format: 'jwk' }), kid: id, use: 'sig', alg: 'RS256' }];
  }

  /** Returns the document at a path below the issuer; undefined when there is none. */
  document(address: string): object | undefined {
    const [, issuer, name] = /^(.*)\/\.well-known\/(openid-configuration|jwks\.json)$/.exec(address) ?? [];
    const known = [issuer, `${issuer}/`].find((each) => issuer !== undefined && this.standsFor(each));
    if (known === undefined) return undefined;
    if (name === 'jwks.json') return { keys: this.keys };
    return { issuer: known, jwks_uri: `${issuer}/.well-known/jwks.json`, id_token_signing_alg_values_supported: ['RS256'] };
  }

  /** Returns a signed token with these claims and defaults for the others. A claim of undefined is left out. */
  token(claims: Claims = {}): string {
    const issuer = this.issuerOf(claims);
    const now = Math.floor(Date.now() / 1000);
    const subject = claims.sub ?? 'user';
    const payload = { sub: subject, iss: issuer.issuer, iat: now, exp: now + LIFETIME_SECONDS, ...audienceOf(issuer, claims, subject), ...claims };
    const { id, privateKey } = this.signingKey;
    const signed = [{ alg: 'RS256', typ: 'JWT', kid: id }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  }

  private issuerOf({ iss }: Claims): TrustedIssuer {
    const trusted = this.trusted();
    const found = iss === undefined
      ? trusted.find(({ issuer }) => this.standsFor(issuer)) ?? trusted[0] ?? this.named.map((issuer) => ({ issuer, audience: [] }))[0]
      : trusted.find(({ issuer }) => issuer === iss) ?? { issuer: String(iss), audience: [] };
    if (!found) throw new LocalError("'claims.iss' must name an issuer, got none; the app has no user pool and no JWT authorizer whose issuer could be taken");
    if (!this.standsFor(found.issuer)) {
      throw new LocalError(`tokens of '${found.issuer}' are checked by its own keys; pass issuers: ['${found.issuer}'] to startLocal, so that the runner stands in for it`);
    }
    return found;
  }

  private get signingKey() {
    this.key ??= { id: randomUUID(), ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
    return this.key;
  }
}

/** Returns the claims for the audience: Cognito's access tokens use another claim than other tokens. */
function audienceOf({ issuer, audience: [audience], tokenUse = 'access' }: TrustedIssuer, claims: Claims, subject: unknown): Claims {
  if (!isOfAws(issuer)) return audience === undefined ? {} : { aud: audience };
  const use = claims.token_use ?? (claims.aud === undefined ? tokenUse : 'id');
  return use === 'id'
    ? { 'token_use': 'id', 'aud': audience, 'cognito:username': subject }
    : { token_use: 'access', client_id: audience, username: subject, scope: 'aws.cognito.signin.user.admin', jti: randomUUID() };
}

function isOfAws(issuer: string): boolean {
  const [, host] = /^https:\/\/([^/:]+)(\/|$)/.exec(issuer) ?? [];
  return host !== undefined && host.startsWith('cognito-idp.') && AWS_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
}

function check(issuer: string): void {
  const { protocol, port, username, search, hash } = URL.canParse(issuer) ? new URL(issuer) : { protocol: '', port: '', username: '', search: '', hash: '' };
  if (protocol === 'https:' && [port, username, search, hash].every((part) => part === '')) return;
  throw new LocalError(`'issuers' must be https addresses without a port, got '${issuer}'; write each as its tokens name it`);
}
