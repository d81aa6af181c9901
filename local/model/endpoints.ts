/** Where an API of the template is served on this machine. */
export interface LocalEndpoint {
  readonly apiId: string;
  readonly port: number;
}

/**
 * Puts the local address of an API wherever a resolved value names its public one:
 * `https://{api}.execute-api.{region}.{suffix}` becomes `http://127.0.0.1:{port}`, `wss://…` becomes `ws://127.0.0.1:{port}`.
 * So a handler that is given its callback URL or its WebSocket URL by the template needs to know nothing of the runner.
 */
export function withLocalEndpoints(value: string, endpoints: readonly LocalEndpoint[]): string {
  return endpoints.reduce((text, { apiId, port }) => {
    const publicAddress = new RegExp(`(http|ws)s://${apiId}\\.execute-api\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?`, 'g');
    return text.replace(publicAddress, `$1://127.0.0.1:${port}`);
  }, value);
}
