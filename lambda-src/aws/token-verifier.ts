import { JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import {
  CognitoJwtInvalidClientIdError, CognitoJwtInvalidTokenUseError, FetchError, JwkInvalidKtyError, JwkInvalidUseError, JwksValidationError,
  JwkValidationError, JwtBaseError, JwtExpiredError, JwtInvalidAudienceError, JwtInvalidIssuerError, JwtInvalidSignatureAlgorithmError,
  JwtInvalidSignatureError, JwtNotBeforeError, JwtParseError, JwtWithoutValidKidError, KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleFetcher } from 'aws-jwt-verify/https';
import type { Claims } from '../core/authorization';
import { algorithmProblem, formProblem, signatureProblem } from '../core/token-problems';

export interface TokenVerifierOptions {
  /** Issuer, exactly as tokens name it. */
  readonly issuer: string;
  /** Accepted audiences: a token must be for one of them. With a `cognitoTokenUse`, ids of app clients. */
  readonly audience: readonly string[];
  /** Address of the issuer's keys. @default - found by its OpenID configuration */
  readonly jwksUri?: string;
  /** For a Cognito user pool: the token to accept. */
  readonly cognitoTokenUse?: 'access' | 'id';
}

/** Result of a check: the claims, or the reason for refusing the token, which holds no part of it. */
export type Verdict =
  | { readonly kind: 'valid'; readonly claims: Claims }
  | { readonly kind: 'refused'; readonly why: string };

/** The keys of the issuer could not be fetched, so that no token can be verified. */
export class IssuerUnreachableError extends Error {
  public readonly name = 'IssuerUnreachableError';

  constructor(cause: unknown) {
    super('the keys of the issuer could not be fetched, so no client may connect; check that the issuer, or the jwksUri, is right and can be reached by https', { cause });
  }
}

class TokenForEverError extends JwtBaseError {}

/** The token names critical extensions. RFC 7515 says to refuse a token with extensions that the reader does not understand. */
class CriticalExtensionError extends JwtBaseError {}

/** Node.js cannot parse the signature and throws an error of its own. */
class MalformedSignatureError extends JwtBaseError {}

const UNFETCHED = [FetchError, JwksValidationError, JwkValidationError];

/* The first match counts. No reason holds any part of the token. */
const REFUSALS: readonly [new (...args: never[]) => Error, string | ((token: string) => string)][] = [
  [JwtExpiredError, 'its token has expired'],
  [JwtNotBeforeError, 'its token is not valid yet'],
  [TokenForEverError, 'its token never expires'],
  [CriticalExtensionError, 'its token has extensions that are not understood'],
  [JwtInvalidIssuerError, 'its token is of another issuer'],
  [JwtInvalidAudienceError, 'its token is for another audience'],
  [CognitoJwtInvalidClientIdError, 'its token is for another app client'],
  [CognitoJwtInvalidTokenUseError, 'its token is not of the use that is asked for: an access token, or an ID token'],
  [JwtInvalidSignatureAlgorithmError, algorithmProblem],
  [JwtInvalidSignatureError, signatureProblem],
  [MalformedSignatureError, signatureProblem],
  [JwkInvalidUseError, 'its token names a key of the issuer that is not for signatures: see the `use` of the keys at the jwksUri'],
  [JwkInvalidKtyError, 'its token names a key of the issuer that is neither RSA nor EC nor OKP: see the `kty` of the keys at the jwksUri'],
  [JwtWithoutValidKidError, 'its token names no key: the issuer must write a `kid` into the header of its tokens'],
  [KidNotFoundInJwksError, 'its token names a key that the issuer does not have: it withdrew the key, or the token is of another environment'],
  [WaitPeriodNotYetEndedJwkError, 'its token names a key that the issuer did not have a moment ago; its keys are fetched again 10 seconds later'],
  [JwtParseError, formProblem],
];

/** Verifies the tokens of one issuer. Keys are fetched on first use, and again when a token names a new one. */
export class TokenVerifier {
  private readonly fetcher = new SimpleFetcher();
  private verifier?: Promise<ReturnType<typeof this.create>>;

  constructor(private readonly options: TokenVerifierOptions) {}

  async verify(token: string): Promise<Verdict> {
    try {
      const verifier = await this.connect();
      const claims = await verifier.verify(token).catch((error: unknown) => {
        throw error instanceof JwtBaseError ? error : new MalformedSignatureError(String(error));
      });
      return { kind: 'valid', claims };
    } catch (error) {
      if (UNFETCHED.some((unfetched) => error instanceof unfetched)) throw new IssuerUnreachableError(error);
      if (!(error instanceof JwtBaseError)) throw error;
      const [, why] = REFUSALS.find(([refusal]) => error instanceof refusal) ?? [undefined, 'its token is not acceptable'];
      return { kind: 'refused', why: typeof why === 'string' ? why : why(token) };
    }
  }

  /** Looks up the address of the keys once, and again only after a failure. */
  private connect() {
    this.verifier ??= this.findKeys().then((jwksUri) => this.create(jwksUri)).catch((error: unknown) => {
      this.verifier = undefined;
      throw error;
    });
    return this.verifier;
  }

  private create(jwksUri: string) {
    const { issuer, audience, cognitoTokenUse } = this.options;
    const clientId = [...audience];
    return JwtVerifier.create({
      issuer,
      jwksUri,
      // Access tokens of Cognito have no audience, but a client.
      audience: cognitoTokenUse ? null : clientId,
      customJwtCheck: ({ header, payload }) => {
        if (header.crit !== undefined) throw new CriticalExtensionError('crit');
        if (payload.exp === undefined) throw new TokenForEverError('no exp');
        if (cognitoTokenUse) validateCognitoJwtFields(payload, { tokenUse: cognitoTokenUse, clientId });
      },
    });
  }

  private async findKeys(): Promise<string> {
    const { issuer, jwksUri } = this.options;
    if (jwksUri !== undefined) return jwksUri;
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = parse(await this.fetcher.fetch(address));
    if (found.issuer !== issuer) throw new FetchError(address, 'it is the configuration of another issuer');
    if (typeof found.jwks_uri !== 'string' || !found.jwks_uri.startsWith('https://')) throw new FetchError(address, 'it names no keys that can be had by https');
    return found.jwks_uri;
  }
}

function parse(document: ArrayBuffer): { readonly issuer?: unknown; readonly jwks_uri?: unknown } {
  try {
    return Object(JSON.parse(Buffer.from(document).toString('utf8')));
  } catch {
    return {};
  }
}
