import type { RouteModel } from './apis';
import type { HttpRouteModel } from './http-apis';

/** Returns the ARNs of a route's functions: its integration and its authorizer. */
export function functionsOfRoute({ integration, authorizer }: Pick<RouteModel, 'integration' | 'authorizer'> | Pick<HttpRouteModel, 'integration' | 'authorizer'>): string[] {
  return [
    ...(integration?.type === 'lambda' ? [integration.functionArn] : []),
    ...(authorizer && 'functionArn' in authorizer ? [authorizer.functionArn] : []),
  ];
}
