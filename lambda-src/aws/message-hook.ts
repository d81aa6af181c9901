import { HookInvoker } from './hook-invoker';
import { HookReport } from './hook-report';
import { systemClock } from './system-clock';
import { LAYER_ENV } from '../../src/private/layer-contract';
import { MessageHook } from '../core/hook';

/** Builds the message hook from the environment; undefined without one. */
export function messageHook(): MessageHook | undefined {
  const functionArn = process.env[LAYER_ENV.messageHookArn];
  if (functionArn === undefined) return undefined;
  return new MessageHook({ invoke: new HookInvoker({ functionArn }).invoke, clock: systemClock, report: new HookReport() });
}
