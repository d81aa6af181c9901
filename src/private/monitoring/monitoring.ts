import { type Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Function as LambdaFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import {
  type AlarmDefinition, authorizerOf, deliveryHandlerAlarms, messageHandlerAlarms, messageQueueAlarm, standingAlarms, validateAlarms,
} from './alarms';
import { disconnectHandlerAlarms, hookAlarms, membersAlarms, presenceAlarms } from './channel-alarms';
import {
  createDashboard, showAlarms, showBatches, showDelivery, showDisconnection, showHistory, showHook, showMembers,
  showMessageHandler, showMessageQueue, showPresence, type Shown, validateDashboard,
} from './dashboard';
import { historyAlarms } from './history-alarms';
import { type BroadcastAlarmsOptions } from '../../alarm-options';
import { BroadcastAlarms } from '../../alarms';
import { type IBroadcastMetrics } from '../../broadcast-metrics';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type BroadcastDashboardOptions } from '../../dashboard';
import { type Presence } from '../handlers/presence';
import { type Delivery } from '../handlers/queued-delivery';
import { type Disconnection } from '../handlers/queued-disconnect';

/** A part of an API that is watched from the time on at which it is created. */
export interface WatchedPart {
  alarms(): AlarmDefinition[];
  show(dashboard: Dashboard): void;
}

export function historyPart(api: IBroadcastMetrics, table: ITable): WatchedPart {
  return { alarms: () => historyAlarms(api, table), show: (dashboard) => showHistory(dashboard, api, table) };
}

export function deliveryPart(api: IBroadcastMetrics, delivery: Delivery): WatchedPart {
  return { alarms: () => deliveryHandlerAlarms(api, delivery), show: (dashboard) => showDelivery(dashboard, delivery) };
}

export function batchesPart(api: IBroadcastMetrics): WatchedPart {
  return { alarms: () => [], show: (dashboard) => showBatches(dashboard, api) };
}

export function disconnectionPart(api: IBroadcastMetrics, disconnection: Disconnection): WatchedPart {
  return { alarms: () => disconnectHandlerAlarms(disconnection), show: (dashboard) => showDisconnection(dashboard, api, disconnection) };
}

export function hookPart(api: IBroadcastMetrics, hook: IFunction): WatchedPart {
  return { alarms: () => hookAlarms(api), show: (dashboard) => showHook(dashboard, api, hook) };
}

export function membersPart(api: IBroadcastMetrics, table: ITable): WatchedPart {
  return { alarms: () => membersAlarms(api), show: (dashboard) => showMembers(dashboard, api, table) };
}

export function presencePart(api: IBroadcastMetrics, presence: Presence): WatchedPart {
  return { alarms: () => presenceAlarms(api, presence), show: (dashboard) => showPresence(dashboard, api, presence) };
}

export function messageQueuePart(queue: IQueue): WatchedPart {
  return { alarms: () => [messageQueueAlarm(queue)], show: (dashboard) => showMessageQueue(dashboard, queue) };
}

export function messageHandlerPart(handler: LambdaFunction): WatchedPart {
  return { alarms: () => messageHandlerAlarms(handler), show: (dashboard) => showMessageHandler(dashboard, handler) };
}

/** The alarms and the dashboard of an API, with all of its parts whenever they are created. */
export class Monitoring {
  private readonly parts: WatchedPart[] = [];
  private alarms?: BroadcastAlarms;
  private dashboard?: Dashboard;

  constructor(private readonly api: Shown & Construct, private readonly props: BroadcastWebSocketApiProps) {}

  /** Adds a part to what there is, and to what is created later. */
  public watch(part: WatchedPart): void {
    this.parts.push(part);
    this.extend(part);
  }

  /** Adds a part to what there is. What is created later finds the part itself. */
  public extend(part: WatchedPart): void {
    this.alarms?._add(part.alarms());
    if (this.dashboard) part.show(this.dashboard);
  }

  public addAlarms(options: BroadcastAlarmsOptions): BroadcastAlarms {
    validateAlarms(options);
    if (this.alarms) throw new Error(`addAlarms must be called once, got a second call for '${this.api.node.path}'; use what the first call has returned`);
    this.alarms = BroadcastAlarms._create(this.api, 'Alarms', options);
    this.alarms._add(standingAlarms(this.api, authorizerOf(this.props)));
    for (const part of this.parts) this.alarms._add(part.alarms());
    if (this.dashboard) showAlarms(this.dashboard, this.alarms._made);
    return this.alarms;
  }

  public addDashboard(options: BroadcastDashboardOptions): Dashboard {
    validateDashboard(options);
    if (this.dashboard) throw new Error(`addDashboard must be called once, got a second call for '${this.api.node.path}'; use what the first call has returned`);
    this.dashboard = createDashboard(this.api, 'Dashboard', this.api, {
      ...options, authorizer: authorizerOf(this.props), alarms: this.alarms?._made,
    });
    for (const part of this.parts) part.show(this.dashboard);
    return this.dashboard;
  }
}
