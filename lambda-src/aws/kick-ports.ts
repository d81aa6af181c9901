import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { addresseeReader } from './channel-environment';
import { ChannelReport } from './channel-report';
import { ConnectionCloser } from './connection-closer';
import { requireEnv } from './environment';
import { layeredDelivery } from './layered-delivery';
import { ENV } from '../../src/private/contract';
import type { KickPorts } from '../core/kick';

/** Builds the ports of closing connections from the environment, once, when the function is loaded. */
export function kickPorts(client: DynamoDBClient): KickPorts {
  return {
    ...layeredDelivery(client),
    addressees: addresseeReader(),
    closer: new ConnectionCloser(requireEnv(ENV.callbackUrl)),
    report: new ChannelReport(),
  };
}
