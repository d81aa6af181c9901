import { type App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** Synthesises the app and writes what that took, the start of the process included, and what came of it. */
export function report(app: App, stack: Stack): void {
  app.synth();
  const { user, system } = process.cpuUsage();
  const resources: Record<string, number> = {};
  for (const { Type } of Object.values<{ Type: string }>(Template.fromStack(stack).toJSON().Resources)) {
    resources[Type] = (resources[Type] ?? 0) + 1;
  }
  process.stdout.write(JSON.stringify({
    cpuMillis: (user + system) / 1000,
    resources: Object.fromEntries(Object.entries(resources).sort(([a], [b]) => a.localeCompare(b))),
  }));
}
