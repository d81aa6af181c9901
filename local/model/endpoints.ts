/** Where what handlers talk to is on this machine. */
export interface LocalEndpoints {
  readonly apis: readonly { readonly apiId: string; readonly port: number }[];
  readonly sqs: string;
}

/**
 * Puts the local address of an API wherever a resolved value names its public one:
 * `https://{api}.execute-api.{region}.{suffix}` becomes `http://127.0.0.1:{port}`, `wss://…` becomes `ws://127.0.0.1:{port}`.
 * The URLs of queues become local ones, too. So a handler that is given its addresses by the template needs to know nothing of
 * the runner.
 */
export function withLocalEndpoints(value: string, { apis, sqs }: LocalEndpoints): string {
  const withQueues = value.replace(/https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?(?=\/)/g, sqs);
  return apis.reduce((text, { apiId, port }) => {
    const publicAddress = new RegExp(`(http|ws)s://${apiId}\\.execute-api\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?`, 'g');
    return text.replace(publicAddress, `$1://127.0.0.1:${port}`);
  }, withQueues);
}
