import { Properties } from '../template/properties';
import type { StackScope } from '../template/stack-scope';

/** A mapping of a custom domain to a stage of an API. */
export interface CustomDomainModel {
  readonly host: string;
  /** First parts of the path; empty when the domain has no other API. */
  readonly key: string;
  readonly apiId: string;
  readonly stage: string;
}

/** Reads the mappings, those with the longest keys first. */
export function readCustomDomains(scopes: readonly StackScope[]): CustomDomainModel[] {
  return scopes.flatMap((scope) => scope.resources().filter(({ type }) => type === 'AWS::ApiGatewayV2::ApiMapping').flatMap((resource) => {
    const properties = new Properties(scope, resource);
    const [host, apiId, stage] = ['DomainName', 'ApiId', 'Stage'].map((name) => properties.text(name));
    if (host === undefined || apiId === undefined || stage === undefined) return [];
    return [{ host: host.toLowerCase(), key: properties.text('ApiMappingKey') ?? '', apiId, stage }];
  })).sort((one, other) => other.key.length - one.key.length);
}
