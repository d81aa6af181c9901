import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { Answer, Sender, Transmission } from '../core/sender';

/** A sender over the SDK. */
export class SdkSender implements Sender {
  private readonly client: ApiGatewayManagementApiClient;

  constructor(endpoint: string) {
    this.client = new ApiGatewayManagementApiClient({ endpoint, maxAttempts: 1, requestHandler: { requestTimeout: 3_000 } });
  }

  begin(body: Uint8Array): Transmission {
    const ended = new AbortController();
    return { post: (connectionId) => this.post(connectionId, body, ended.signal), end: () => ended.abort() };
  }

  private async post(connectionId: string, body: Uint8Array, abortSignal: AbortSignal): Promise<Answer> {
    try {
      const { $metadata } = await this.client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: body }), { abortSignal });
      return { kind: 'status', status: $metadata.httpStatusCode! };
    } catch (error) {
      const { $metadata, name } = error as { $metadata?: { httpStatusCode?: number }; name: string };
      const status = $metadata?.httpStatusCode;
      return status ? { kind: 'status', status } : { kind: 'ambiguous', reason: name };
    }
  }
}
