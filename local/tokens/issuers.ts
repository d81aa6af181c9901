import { generateKeyPairSync, randomUUID, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { LocalError } from '../errors';
import { AWS_SUFFIXES } from '../template/partitions';

export type Claims = Readonly<Record<string, unknown>>;

/** An issuer whose tokens the app takes, and for whom they have to be. */
export interface TrustedIssuer {
  readonly issuer: string;
  /** The first is that of tokens which do not say. */
  readonly audience: readonly string[];
  /** Of Cognito: which of its two tokens is taken, if that is known. */
  readonly tokenUse?: string;
}

const LIFETIME_SECONDS = 3600;

/**
 * The issuers that the runner stands in for: their keys are its own, so that it can make tokens of them. They are the user pools of
 * Cognito, which is not emulated otherwise, and those that the user names.
 */
export class Issuers {
  /** Made when it is first needed: that takes as long as everything else of a start. */
  private key?: { readonly id: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };

  /**
   * @param named besides those of Cognito
   * @param trusted what the app trusts, as it was last loaded
   */
  constructor(private readonly named: readonly string[], private readonly trusted: () => readonly TrustedIssuer[]) {
    for (const issuer of named) check(issuer);
  }

  /** The hosts that are not of AWS and that functions have to be led away from. */
  get hosts(): string[] {
    return this.named.map((issuer) => new URL(issuer).hostname);
  }

  standsFor(issuer: string): boolean {
    return this.named.includes(issuer) || isOfAws(issuer);
  }

  /** The public keys, as issuers publish them. */
  get keys(): readonly JsonWebKey[] {
    const { id, publicKey } = this.signingKey;
    return [{ ...publicKey.export({ format: 'jwk' }), kid: id, use: 'sig', alg: 'RS256' }];
  }

  /** What an issuer publishes at an address below its own; undefined when that is nothing. */
  document(address: string): object | undefined {
    const [, issuer, name] = /^(.*)\/\.well-known\/(openid-configuration|jwks\.json)$/.exec(address) ?? [];
    const known = [issuer, `${issuer}/`].find((each) => issuer !== undefined && this.standsFor(each));
    if (known === undefined) return undefined;
    if (name === 'jwks.json') return { keys: this.keys };
    return { issuer: known, jwks_uri: `${issuer}/.well-known/jwks.json`, id_token_signing_alg_values_supported: ['RS256'] };
  }

  /** A signed token with some claims, and defaults for those that are not given. Claims that are undefined are left out. */
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

/** For whom a token is: access tokens of Cognito say it in another way than all other tokens. */
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
