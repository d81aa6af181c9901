import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { withWholeBodies } from './whole-bodies';

export function dynamoClient(): DynamoDBClient {
  return withWholeBodies(new DynamoDBClient());
}
