import type { ServerResponse } from 'node:http';

/**
 * Resolves when a request was answered.
 *
 * An operation goes on when its client is gone, so the end of the connection does not tell the end of the operation.
 */
export function answered(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const { end, destroy } = response;
    response.end = ((...answer: Parameters<typeof end>) => {
      resolve();
      return end.apply(response, answer);
    }) as typeof end;
    response.destroy = (...reason) => {
      resolve();
      return destroy.apply(response, reason);
    };
  });
}
