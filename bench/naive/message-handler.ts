import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';

/*
 * A broadcaster written the way tutorials do: one scan, one command for each connection, all at once, and the row deleted
 * when `error.statusCode` says 410. It is what the delivery engine is measured and tested against, with its usual
 * mistakes: do not correct them, and do not use it.
 */

interface Event {
  readonly requestContext: { readonly connectionId: string };
  readonly body: string;
}

const TableName = process.env.CONNECTIONS_TABLE_NAME;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const api = new ApiGatewayManagementApiClient({ endpoint: process.env.WS_CALLBACK_URL });

export const handler = async (event: Event) => {
  const sender = event.requestContext.connectionId;
  const { Items: connections = [] } = await table.send(new ScanCommand({ TableName }));
  const message = JSON.stringify({ message: `${sender} says: ${event.body}` });

  await Promise.all(connections.map(async ({ connectionId }) => {
    if (process.env.EXCLUDE_SENDER === 'true' && connectionId === sender) return;
    try {
      await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: message }));
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 410) {
        await table.send(new DeleteCommand({ TableName, Key: { connectionId } }));
      } else {
        throw error;
      }
    }
  }));

  return { statusCode: 200 };
};
