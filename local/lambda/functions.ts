import { LambdaFunction } from './function';
import type { Invoke } from './invoke';
import type { Reaper } from './reaper';
import type { OpenAws } from '../aws/access';
import type { Log } from '../log';
import { functionNameOf } from '../model/function-arns';
import type { FunctionModel } from '../model/functions';

/** The functions of an app, as last loaded. */
export class Functions {
  private readonly byArn = new Map<string, LambdaFunction>();
  /** Replaced or removed functions with invocations under way. */
  private readonly retiring = new Set<LambdaFunction>();

  constructor(private readonly openAws: OpenAws, private readonly reaper: Reaper, private readonly log: Log) {}

  readonly invoke: Invoke = async (functionArn, event) => this.find(functionArn)?.invoke(event)
    ?? { ok: false, errorType: 'ResourceNotFoundException', errorMessage: `function ${functionNameOf(functionArn)} is not run here` };

  has(functionArn: string): boolean {
    return this.find(functionArn) !== undefined;
  }

  /** Directories of code that runs, or may run next. */
  get directories(): string[] {
    return [...this.byArn.values(), ...this.retiring].map(({ model }) => model.directory);
  }

  /** Applies the functions of a newly loaded app. Unchanged functions keep their environments. */
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

  /** Finds a function. A region or account written by hand need not be the one used here: then a unique name decides. */
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

/** Serialises all settings that affect an environment. The location of the code does not. */
function whatRuns(model: FunctionModel): string {
  return JSON.stringify({ ...model, directory: undefined, layers: undefined });
}
