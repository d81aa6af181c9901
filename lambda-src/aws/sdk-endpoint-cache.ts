/*
 * Replaces `@aws-sdk/endpoint-cache` when the handlers are bundled (an alias in projenrc/bundles.ts). Each client of DynamoDB creates
 * one for endpoint discovery, which none of its operations uses any more. Each cold start would compile the libraries behind it.
 */

export class EndpointCache {
  get(): undefined {
    return undefined;
  }
}
