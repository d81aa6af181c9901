import { type Alarm, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type BroadcastAlarmsOptions } from './alarm-options';
import { type AlarmDefinition, createAlarm } from './private/monitoring/alarms';
import { checkKind } from './private/validation/kinds';
import { ALARM_ACTIONS } from './private/validation/shapes';

/**
 * Alarms of an API, created by its `addAlarms`.
 *
 * The description of each alarm says what it means and what to do. Missing data never raises an alarm: most of these metrics are emitted
 * only when something is wrong.
 */
export class BroadcastAlarms extends Construct {
  /** @internal */
  public static _create(scope: Construct, id: string, options: BroadcastAlarmsOptions): BroadcastAlarms {
    return new BroadcastAlarms(scope, id, options);
  }

  /** @internal */
  public readonly _made: Alarm[] = [];
  private readonly actions: IAlarmAction[];

  private constructor(scope: Construct, id: string, private readonly options: BroadcastAlarmsOptions) {
    super(scope, id);
    this.actions = [...options.alarmActions ?? []];
  }

  /**
   * Alarms that exist so far.
   *
   * Alarms of the queues are added when the queues are created.
   */
  public get alarms(): Alarm[] {
    return [...this._made];
  }

  /**
   * Adds actions to all alarms, also to those that are added later.
   *
   * @param actions the actions when an alarm fires
   */
  public addAlarmAction(...actions: IAlarmAction[]): void {
    checkKind('actions', actions, ALARM_ACTIONS);
    this.actions.push(...actions);
    for (const alarm of this._made) alarm.addAlarmAction(...actions);
  }

  /** @internal */
  public _add(definitions: readonly AlarmDefinition[]): void {
    for (const definition of definitions) {
      const tuning = this.options[definition.option] ?? {};
      if (!(tuning.enabled ?? true)) continue;
      const alarm = createAlarm(this, definition, tuning);
      const { okActions = [] } = this.options;
      if (this.actions.length > 0) alarm.addAlarmAction(...this.actions);
      if (okActions.length > 0) alarm.addOkAction(...okActions);
      this._made.push(alarm);
    }
  }
}
