import { credentialsFrom, type Credentials } from './connections-api/credentials';

/*
 * Stands in for `@aws-sdk/credential-provider-node` when the handlers are bundled (an alias in .projenrc.ts): a Lambda
 * function's credentials are always in its environment, and the SDK's search for them elsewhere (files, SSO, STS, the
 * metadata service) is half of the bundle and a quarter of the cold start.
 */

/** The SDK keeps credentials until five minutes before they expire, so these are soon read again: Lambda may replace them (u). */
const KEPT_MILLIS = 6 * 60_000;

export function defaultProvider(): () => Promise<Credentials & { readonly expiration: Date }> {
  return async () => ({ ...credentialsFrom(process.env), expiration: new Date(Date.now() + KEPT_MILLIS) });
}
