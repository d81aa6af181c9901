import type { RouteModel } from './apis';
import type { HttpRouteModel } from './http-apis';

/** The ARNs of the functions that a route invokes: that of its integration, and that of its authorizer. */
export function functionsOfRoute({ integration, authorizer }: Pick<RouteModel, 'integration' | 'authorizer'> | Pick<HttpRouteModel, 'integration' | 'authorizer'>): string[] {
  return [
    ...(integration?.type === 'lambda' ? [integration.functionArn] : []),
    ...(authorizer && 'functionArn' in authorizer ? [authorizer.functionArn] : []),
  ];
}
