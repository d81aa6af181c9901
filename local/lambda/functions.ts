import { LambdaFunction } from './function';
import type { Invoke } from './invoke';
import type { Reaper } from './reaper';
import type { OpenAws } from '../aws/access';
import type { Log } from '../log';
import { functionNameOf } from '../model/function-arns';
import type { FunctionModel } from '../model/functions';

/** The functions of an app, as it was last loaded. */
export class Functions {
  private readonly byArn = new Map<string, LambdaFunction>();
  /** Replaced or removed, while they end what is under way. */
  private readonly retiring = new Set<LambdaFunction>();

  constructor(private readonly openAws: OpenAws, private readonly reaper: Reaper, private readonly log: Log) {}

  readonly invoke: Invoke = async (functionArn, event) => this.find(functionArn)?.invoke(event)
    ?? { ok: false, errorType: 'ResourceNotFoundException', errorMessage: `function ${functionNameOf(functionArn)} is not run here` };

  has(functionArn: string): boolean {
    return this.find(functionArn) !== undefined;
  }

  /** Directories whose code runs, or may run next. */
  get directories(): string[] {
    return [...this.byArn.values(), ...this.retiring].map(({ model }) => model.directory);
  }

  /** Takes the functions of a newly loaded app. Those that are the same keep their environments. */
  apply(models: readonly FunctionModel[]): void {
    const arns = new Set(models.map(({ arn }) => arn));
    for (const [arn, running] of this.byArn) {
      if (arns.has(arn)) continue;
      this.byArn.delete(arn);
      this.retire(running, 'removed');
    }
    for (const model of models) {
      const running = this.byArn.get(model.arn);
      if (running && whatRuns(running.model) === whatRuns(model)) continue;
      this.byArn.set(model.arn, new LambdaFunction(model, this.openAws, this.reaper, this.log));
      if (running) this.retire(running, running.model.codeId === model.codeId ? 'new configuration' : 'new code');
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.byArn.values(), ...this.retiring].map((lambda) => lambda.stop()));
  }

  /** A region or an account that is written by hand need not be those that are taken here: then its name tells, if it is the only one. */
  private find(functionArn: string): LambdaFunction | undefined {
    const parts = functionArn.split(':');
    const namesakes = [...this.byArn.values()].filter(({ model }) => model.name === functionNameOf(functionArn));
    const neighbours = namesakes.filter(({ model }) => model.region === parts[3]);
    const [only] = [neighbours, namesakes].filter(({ length }) => length === 1);
    return this.byArn.get(parts.slice(0, 7).join(':')) ?? only?.[0];
  }

  private retire(lambda: LambdaFunction, detail: string): void {
    this.log({ source: lambda.model.path, event: 'reload', detail });
    this.retiring.add(lambda);
    void lambda.retire().then(() => this.retiring.delete(lambda));
  }
}

/** Everything about a function that makes a difference to its environments. Where the same code happens to be does not. */
function whatRuns(model: FunctionModel): string {
  return JSON.stringify({ ...model, directory: undefined, layers: undefined });
}
