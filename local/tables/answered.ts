import type { ServerResponse } from 'node:http';

/** Resolves when a request was answered. A client that has gone before does not end its operation; the answer alone tells its end. */
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
