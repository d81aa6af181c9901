import { ApiGatewayManagementApiClient, DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { Answer, Sender, Transmission } from '../core/sender';

const TIME_LIMIT_MILLIS = 3_000;

/** Closes connections instead of posting to them, so that closing is paced, retried and counted like a delivery. */
export class ConnectionCloser implements Sender {
  private readonly client: ApiGatewayManagementApiClient;

  constructor(callbackUrl: string) {
    // The delivery engine retries, not the SDK.
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
  // Closing twice does no harm, so it does not matter whether the request was written.
  return $metadata?.httpStatusCode === undefined ? { kind: 'ambiguous', reason: name ?? 'no answer' } : status($metadata.httpStatusCode);
}

function status(code: number): Answer {
  return { kind: 'status', status: code };
}
