import { credentialsFrom, type Credentials } from './connections-api/credentials';

/*
 * Replaces `@aws-sdk/credential-provider-node` when the handlers are bundled (an alias in projenrc/bundles.ts). The credentials of a
 * Lambda function are always in its environment. The SDK's search for them elsewhere (files, SSO, STS, the metadata service) is half
 * of the bundle and a quarter of the cold start.
 */

/** The SDK keeps credentials until five minutes before they expire, so it reads these again soon: Lambda may replace them (u). */
const KEPT_MILLIS = 6 * 60_000;

export function defaultProvider(): () => Promise<Credentials & { readonly expiration: Date }> {
  return async () => ({ ...credentialsFrom(process.env), expiration: new Date(Date.now() + KEPT_MILLIS) });
}
