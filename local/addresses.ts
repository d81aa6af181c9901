import type { ApiModel } from './model/apis';
import type { HttpApiModel } from './model/http-apis';
import type { QueueModel } from './model/queues';
import type { LocalApi, LocalHttpApi } from './types';

/** Uses the construct's path as key instead where stacks have the same logical id. */
export function byLogicalId<T extends Pick<ApiModel, 'logicalId' | 'path'>>(models: readonly T[], value: (model: T) => string): Record<string, string> {
  const isAlone = ({ logicalId }: T) => models.filter((other) => other.logicalId === logicalId).length === 1;
  return Object.fromEntries(models.map((model) => [isAlone(model) ? model.logicalId : model.path, value(model)]));
}

/** Orders queues for display, dead-letter queues last. */
export function deadLettersLast(queues: readonly QueueModel[]): QueueModel[] {
  const rank = ({ arn }: QueueModel) => Number(queues.some(({ redrive }) => redrive?.targetArn === arn));
  return [...queues].sort((one, other) => rank(one) - rank(other));
}

/** Returns the addresses of a WebSocket API's stages. */
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

/** Returns the addresses of an HTTP API's stages. */
export function httpAddressesOf({ path, logicalId, host, stages }: HttpApiModel, port: number): LocalHttpApi[] {
  return stages.map(({ name }) => {
    const rest = name === '$default' ? '' : `/${name}`;
    return { path, logicalId, stage: name, url: `http://127.0.0.1:${port}${rest}`, awsUrl: `https://${host}${rest}` };
  });
}
