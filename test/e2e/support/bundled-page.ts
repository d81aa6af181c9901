import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import { closeServer, listenOnLoopback, portOf } from '../../../harness/loopback';

/** A page whose script is a file of this folder, bundled with the installed client, and served. */
export class BundledPage {
  static async serve(script: string): Promise<BundledPage> {
    const { outputFiles: [{ text }] } = await build({
      entryPoints: [join(__dirname, `${script}.ts`)], bundle: true, write: false, define: { 'process.env.NODE_ENV': '"development"' },
    });
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? text : '<!doctype html><title>Page</title><link rel="icon" href="data:,"><div id="root"></div><script src="page.js"></script>');
    });
    await listenOnLoopback(server);
    return new BundledPage(server);
  }

  private constructor(private readonly server: Server) {}

  get url(): string {
    return `http://127.0.0.1:${portOf(this.server)}/`;
  }

  stop(): Promise<void> {
    return closeServer(this.server);
  }
}
