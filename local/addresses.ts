import type { ApiModel } from './model/apis';
import type { HttpApiModel } from './model/http-apis';
import type { QueueModel } from './model/queues';
import type { LocalApi, LocalHttpApi } from './types';

/** By the construct's path instead where stacks have the same logical id. */
export function byLogicalId<T extends Pick<ApiModel, 'logicalId' | 'path'>>(models: readonly T[], value: (model: T) => string): Record<string, string> {
  const isAlone = ({ logicalId }: T) => models.filter((other) => other.logicalId === logicalId).length === 1;
  return Object.fromEntries(models.map((model) => [isAlone(model) ? model.logicalId : model.path, value(model)]));
}

/** In the order in which they are shown. */
export function deadLettersLast(queues: readonly QueueModel[]): QueueModel[] {
  const rank = ({ arn }: QueueModel) => Number(queues.some(({ redrive }) => redrive?.targetArn === arn));
  return [...queues].sort((one, other) => rank(one) - rank(other));
}

/** Where the stages of a WebSocket API are. */
export function addressesOf({ path, logicalId, host, stages }: ApiModel, port: number): LocalApi[] {
  return stages.map(({ name }) => ({
    path,
    logicalId,
    stage: name,
    url: `ws://127.0.0.1:${port}/${name}`,
    awsUrl: `wss://${host}/${name}`,
    callbackUrl: `http://127.0.0.1:${port}/${name}`,
  }));
}

/** Where the stages of an HTTP API are. */
export function httpAddressesOf({ path, logicalId, host, stages }: HttpApiModel, port: number): LocalHttpApi[] {
  return stages.map(({ name }) => {
    const rest = name === '$default' ? '' : `/${name}`;
    return { path, logicalId, stage: name, url: `http://127.0.0.1:${port}${rest}`, awsUrl: `https://${host}${rest}` };
  });
}
