import { Stack, Tokenization } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type LayerSource } from './layers';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { late } from '../late';
import { LAYER_ENV } from '../layer-contract';

/** Environment of functions that find members. A variable without a value is left out of the template. */
export function membersEnvironment(scope: Construct, { channels, props: { userIdKey } }: LayerSource): Record<string, string> {
  const { rules } = channels;
  return {
    [LAYER_ENV.membersTableName]: late(() => channels.membersTable?.tableName),
    [LAYER_ENV.channelRules]: late(() => (rules.length > 0 ? Stack.of(scope).toJsonString(rules) : undefined)),
    [LAYER_ENV.presenceQueueUrl]: late(() => channels.presenceQueue?.queueUrl),
    ...(userIdKey !== undefined && { [LAYER_ENV.userIdKey]: userIdKey }),
  };
}

/** Additional environment of functions that read the targets of backends. */
export function addresseeEnvironment({ logChannels }: BroadcastWebSocketApiProps): Record<string, string> {
  return logChannels ? { [LAYER_ENV.logChannels]: 'true' } : {};
}

/** Additional environment of functions that subscribe clients. */
export function subscribeEnvironment({ maxChannelsPerConnection: max }: BroadcastWebSocketApiProps): Record<string, string> {
  return max === undefined ? {} : { [LAYER_ENV.maxChannelsPerConnection]: Tokenization.stringifyNumber(max) };
}
