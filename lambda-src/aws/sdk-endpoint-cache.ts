/*
 * Stands in for `@aws-sdk/endpoint-cache` when the handlers are bundled (an alias in projenrc/bundles.ts): each client of DynamoDB makes one,
 * for the discovery of endpoints, which no operation of it has any more. The libraries behind it are compiled in each cold start.
 */

export class EndpointCache {
  get(): undefined {
    return undefined;
  }
}
