import { randomUUID } from 'node:crypto';
import { matchesPattern } from './pattern';
import { deliver, type TargetPorts } from './targets';
import { busOf, type BusModel, type RuleModel } from '../model/rules';

/** An event as a caller puts it. */
export interface PutEntry {
  readonly Source?: unknown;
  readonly DetailType?: unknown;
  /** JSON of an object. */
  readonly Detail?: unknown;
  readonly EventBusName?: unknown;
  readonly Resources?: unknown;
  /** Seconds since the epoch. */
  readonly Time?: unknown;
}

/** Result of an entry: the id of its event, or the reason for refusing it. */
export type PutResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** The event buses of an app, and their rules. */
export class EventBuses {
  private rules: readonly RuleModel[] = [];

  constructor(private readonly ports: TargetPorts) {}

  /** Takes the rules of a newly loaded app. */
  apply(rules: readonly RuleModel[]): void {
    this.rules = rules;
  }

  /** @param region region of the caller */
  put(entry: PutEntry, region: string): PutResult {
    const { Source, DetailType, EventBusName, Resources = [], Time } = entry;
    const missing = Object.entries({ Source, DetailType, Detail: entry.Detail }).find(([, value]) => typeof value !== 'string' || value === '');
    if (missing) return refused('InvalidArgument', `Parameter ${missing[0]} is not valid. Reason: ${missing[0]} is a required argument.`);
    const detail = parse(String(entry.Detail));
    if (!detail) return refused('MalformedDetail', 'Detail is malformed.');
    const id = randomUUID();
    const time = `${new Date(typeof Time === 'number' ? Time * 1000 : Date.now()).toISOString().slice(0, 19)}Z`;
    const bus = busOf(EventBusName === undefined ? undefined : String(EventBusName), this.regionOf(region));
    const account = this.rules.find((rule) => rule.bus.region === bus.region)?.account;
    this.send({ 'version': '0', id, 'detail-type': String(DetailType), 'source': String(Source), account, time, 'region': bus.region, 'resources': Resources, detail }, bus, true);
    return { EventId: id };
  }

  /** A region written by hand need not be the one used here: if it has no rules, the only region with rules is used. */
  private regionOf(region: string): string {
    const regions = [...new Set(this.rules.map(({ bus }) => bus.region))];
    return regions.length === 1 ? regions[0] : region;
  }

  /** @param isFirst whether no other bus has forwarded the event */
  private send(event: BusEvent, bus: BusModel, isFirst: boolean): void {
    const matching = this.rules.filter((rule) => rule.bus.name === bus.name && rule.bus.region === bus.region && matchesPattern(rule.pattern, event));
    const detail = `'${event['detail-type']}' of '${event.source}' on the bus '${bus.name}' matches ${counted(matching.length)}`;
    this.ports.log({ source: 'local', event: 'event', detail });
    for (const rule of matching) {
      const toBus = isFirst ? (arn: string) => this.send(event, busOf(arn, bus.region), false) : undefined;
      deliver(rule, rule.targets, event, { ...this.ports, toBus });
    }
  }
}

interface BusEvent extends Readonly<Record<string, unknown>> {
  readonly 'detail-type': string;
  readonly 'source': string;
}

function counted(rules: number): string {
  return rules === 0 ? 'no rule' : rules === 1 ? 'a rule' : `${rules} rules`;
}

function refused(ErrorCode: string, ErrorMessage: string): PutResult {
  return { ErrorCode, ErrorMessage };
}

function parse(json: string): object | undefined {
  try {
    const value = JSON.parse(json) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
