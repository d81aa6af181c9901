import { LambdaFunction } from './function';
import type { Invoke } from './invoke';
import type { Reaper } from './reaper';
import type { OpenAws } from '../aws/access';
import type { Log } from '../log';
import type { FunctionModel } from '../model/functions';

/** The functions of an app, as it was last loaded. */
export class Functions {
  private readonly byName = new Map<string, LambdaFunction>();
  /** Replaced or removed, while they end what is under way. */
  private readonly retiring = new Set<LambdaFunction>();

  constructor(private readonly openAws: OpenAws, private readonly reaper: Reaper, private readonly log: Log) {}

  readonly invoke: Invoke = async (name, event) => this.byName.get(name)?.invoke(event)
    ?? { ok: false, errorType: 'ResourceNotFoundException', errorMessage: `function ${name} is not run here` };

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Directories whose code runs, or may run next. */
  get directories(): string[] {
    return [...this.byName.values(), ...this.retiring].map(({ model }) => model.directory);
  }

  /** Takes the functions of a newly loaded app. Those that are the same keep their environments. */
  apply(models: readonly FunctionModel[]): void {
    const names = new Set(models.map(({ name }) => name));
    for (const [name, running] of this.byName) {
      if (names.has(name)) continue;
      this.byName.delete(name);
      this.retire(running, 'removed');
    }
    for (const model of models) {
      const running = this.byName.get(model.name);
      if (running && whatRuns(running.model) === whatRuns(model)) continue;
      this.byName.set(model.name, new LambdaFunction(model, this.openAws, this.reaper, this.log));
      if (running) this.retire(running, running.model.codeId === model.codeId ? 'new configuration' : 'new code');
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.byName.values(), ...this.retiring].map((lambda) => lambda.stop()));
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
