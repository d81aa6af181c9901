import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type ChannelState } from '../channels/layers';
import { late } from '../late';
import { LAYER_ENV } from '../layer-contract';

/** Environment of functions that take messages of clients: the hook. */
export function hookEnvironment({ messageHook }: BroadcastWebSocketApiProps): Record<string, string> {
  return messageHook ? { [LAYER_ENV.messageHookArn]: messageHook.functionArn } : {};
}

/** The same for the function that subscribes clients as they connect: it asks only where a rule says so. */
export function subscribeHookEnvironment({ messageHook }: BroadcastWebSocketApiProps, channels: ChannelState): Record<string, string> {
  if (!messageHook) return {};
  return { [LAYER_ENV.messageHookArn]: late(() => (hooksSubscriptions(channels) ? messageHook.functionArn : undefined)) };
}

/** Whether the hook decides who subscribes to some channel. */
export function hooksSubscriptions({ rules }: ChannelState): boolean {
  return rules.some(({ subscribe }) => subscribe.kind === 'hook');
}

/** Lets a function invoke the hook, and nothing else: neither its versions nor its aliases. */
export function grantHook(hook: IFunction, grantee: IGrantable): Grant {
  return Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [hook.functionArn] });
}
