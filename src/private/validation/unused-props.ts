import { Annotations } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type LayerSource } from '../channels/layers';

/** The layers of an API, and which of its optional functions exist. */
export interface UseSource extends LayerSource {
  readonly hasDelivery: boolean;
  readonly hasDisconnection: boolean;
}

interface Use {
  readonly isUsed: (source: UseSource) => boolean;
  /** Missing feature of the API, as the warning names it, and the fix. */
  readonly lack: string;
  readonly fix: string;
}

/** Properties that concern only what methods may add until the app is synthesised. */
const USES = {
  deliveryHandlerOptions: {
    isUsed: ({ hasDelivery }) => hasDelivery,
    lack: 'without a queue, as only a queue has a delivery handler',
    fix: 'use FanOut.queued(), let a backend publish, or leave it out',
  },
  disconnectHandlerOptions: {
    isUsed: ({ hasDisconnection }) => hasDisconnection,
    lack: 'without disconnectQueue, as only that queue has a disconnect handler',
    fix: 'let a backend close connections, or leave it out',
  },
  presenceHandlerOptions: {
    isUsed: ({ channels: { rules } }) => rules.some(({ presence }) => presence),
    lack: "without 'presence' of a channel, as only lists of users have a presence handler",
    fix: 'add channels with presence, or leave it out',
  },
  maxChannelsPerConnection: {
    isUsed: ({ channels: { rules } }) => rules.some(({ subscribe }) => subscribe.kind !== 'nobody'),
    lack: 'without channels to which clients may subscribe',
    fix: 'add some with addChannels, or leave it out',
  },
  logChannels: {
    isUsed: ({ channels: { membersTable } }) => membersTable !== undefined,
    lack: 'without channels and users, as there is no name to log',
    fix: "call addChannels, set 'userIdKey', or leave it out",
  },
} satisfies Partial<Record<keyof BroadcastWebSocketApiProps, Use>>;

const PROPS = Object.keys(USES) as (keyof typeof USES)[];

/** Whether only the synthesis shows which properties have an effect. */
export function hasPropsToUse(props: BroadcastWebSocketApiProps): boolean {
  return PROPS.some((prop) => props[prop]);
}

/** Warns of properties that have no effect on this API. */
export function warnOfUnusedProps(scope: Construct, source: UseSource): void {
  for (const prop of PROPS.filter((each) => source.props[each])) {
    const { isUsed, lack, fix }: Use = USES[prop];
    if (isUsed(source)) continue;
    Annotations.of(scope).addWarningV2(`cdk-broadcast-websocket-api:${prop}Unused`, `'${prop}' has no effect ${lack}: ${fix}`);
  }
}
