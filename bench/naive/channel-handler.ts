import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';

/*
 * Rooms written the way tutorials do: the room is an attribute of the connection's row, which an index finds; one room for each connection.
 * The index lags behind the table, a client that joined a moment ago is missed, and anybody may send to any room. Do not correct that, and do not use it.
 */

interface Event {
  readonly requestContext: { readonly connectionId: string };
  readonly body: string;
}

const TableName = process.env.CONNECTIONS_TABLE_NAME;
const IndexName = process.env.CHANNEL_INDEX_NAME;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const api = new ApiGatewayManagementApiClient({ endpoint: process.env.WS_CALLBACK_URL });

export const handler = async (event: Event) => {
  const { channel, message } = JSON.parse(event.body) as { channel: string; message: string };
  const { Items: members = [] } = await table.send(new QueryCommand({
    TableName, IndexName, KeyConditionExpression: 'channel = :channel', ExpressionAttributeValues: { ':channel': channel },
  }));
  const data = JSON.stringify({ channel, message: `${event.requestContext.connectionId} says: ${message}` });

  await Promise.all(members.map(async ({ connectionId }) => {
    try {
      await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data }));
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
