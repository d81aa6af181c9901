import type { ApiModel } from './apis';
import type { FunctionModel } from './functions';
import { ENV } from '../../src/private/contract';

/** An API, and where it is served. */
export interface ServedApi {
  readonly api: Pick<ApiModel, 'host'>;
  readonly port: number;
}

/**
 * Gives a handler of the construct the address on this machine by which it sends, without TLS: thousands of clients get their messages by
 * it. Any other variable has the address that it has on AWS.
 */
export function withCallbackAddress(model: FunctionModel, served: readonly ServedApi[]): FunctionModel {
  const name = ENV.callbackUrl;
  const [, host, rest] = /^https:\/\/([^/]+)(\/.*)?$/.exec(model.variables[name] ?? '') ?? [];
  const gateway = served.find(({ api }) => api.host === host);
  return gateway ? { ...model, variables: { ...model.variables, [name]: `http://127.0.0.1:${gateway.port}${rest ?? ''}` } } : model;
}
