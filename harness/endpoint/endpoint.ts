import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Children } from '../children';
import type { Command, Detail, EndpointOptions, Play, Reply, Report } from './protocol';

/** A scripted `@connections` endpoint in a process of its own. */
export class Endpoint {
  static async start(children: Children, options: EndpointOptions): Promise<Endpoint> {
    const child = children.start(children.bundle(join(__dirname, 'endpoint-process.ts')), { args: [JSON.stringify(options)] });
    child.stderr!.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    const [reply] = await once(child, 'message') as [{ port: number }];
    const host = options.tls ? 'localhost' : '127.0.0.1';
    return new Endpoint(child, `${options.tls ? 'https' : 'http'}://${host}:${reply.port}${options.stage}`);
  }

  private constructor(private readonly child: ChildProcess, /** As `WS_CALLBACK_URL`. */ readonly url: string) {}

  /** Sets what is answered from now on and forgets what arrived before; without a script all is well, and every signature is checked. */
  async play({ scripts = {}, others = [{ status: 200 }], checkEvery = 1 }: Partial<Play> = {}): Promise<void> {
    await this.call({ kind: 'script', scripts, others, checkEvery });
  }

  /** Posts that arrived since the last script. If only times are requested, it has no single posts. */
  async report(detail: Detail = 'posts'): Promise<Report> {
    return await this.call({ kind: 'report', detail }) as Report;
  }

  private async call(command: Command): Promise<Reply> {
    const reply = once(this.child, 'message') as Promise<[Reply]>;
    this.child.send(command);
    return (await reply)[0];
  }
}
