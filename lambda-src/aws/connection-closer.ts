import { ApiGatewayManagementApiClient, DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { Answer, Sender, Transmission } from '../core/sender';

const TIME_LIMIT_MILLIS = 3_000;

/** Closes connections in place of posting to them, so that closing keeps to the pace, is retried and counted as deliveries are. */
export class ConnectionCloser implements Sender {
  private readonly client: ApiGatewayManagementApiClient;

  constructor(callbackUrl: string) {
    // Who calls retries.
    this.client = new ApiGatewayManagementApiClient({ endpoint: callbackUrl, maxAttempts: 1 });
  }

  begin(): Transmission {
    const ended = new AbortController();
    return {
      post: async (connectionId) => {
        const abortSignal = AbortSignal.any([ended.signal, AbortSignal.timeout(TIME_LIMIT_MILLIS)]);
        return this.client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }), { abortSignal })
          .then(({ $metadata }) => status($metadata.httpStatusCode ?? 204), answerOf);
      },
      end: () => ended.abort(),
    };
  }
}

function answerOf(error: unknown): Answer {
  const { $metadata, name } = Object(error) as { readonly $metadata?: { readonly httpStatusCode?: number }; readonly name?: string };
  // To close twice does no harm, so that it does not matter whether it was written.
  return $metadata?.httpStatusCode === undefined ? { kind: 'ambiguous', reason: name ?? 'no answer' } : status($metadata.httpStatusCode);
}

function status(code: number): Answer {
  return { kind: 'status', status: code };
}
