import type { ApiModel } from './apis';
import type { FunctionModel } from './functions';
import { ENV } from '../../src/private/contract';

/** An API and its local port. */
export interface ServedApi {
  readonly api: Pick<ApiModel, 'host'>;
  readonly port: number;
}

/**
 * Gives a handler of the construct a local callback address without TLS, since it sends to thousands of clients through it. Other variables
 * keep the address on AWS.
 */
export function withCallbackAddress(model: FunctionModel, served: readonly ServedApi[]): FunctionModel {
  const name = ENV.callbackUrl;
  const [, host, rest] = /^https:\/\/([^/]+)(\/.*)?$/.exec(model.variables[name] ?? '') ?? [];
  const gateway = served.find(({ api }) => api.host === host);
  return gateway ? { ...model, variables: { ...model.variables, [name]: `http://127.0.0.1:${gateway.port}${rest ?? ''}` } } : model;
}
