import { Agent, request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { listenOnLoopback, portOf } from '../../../../harness/loopback';

/** Result of Node's own HTTP client for an answer. */
export interface Verdict {
  readonly status?: number;
  /** The answer was read to its end. */
  readonly complete: boolean;
  /** The agent took the connection back for another request. */
  readonly reused: boolean;
}

/** Answers every POST with given bytes, which Node's own HTTP client reads. */
export class NodeHttpOracle {
  private answer: Buffer = Buffer.alloc(0);
  private readonly server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.write(this.answer));
    this.peer = socket;
  });
  private peer?: Socket;

  async start(): Promise<this> {
    await listenOnLoopback(this.server);
    return this;
  }

  stop(): Promise<unknown> {
    return new Promise((resolve) => this.server.close(resolve));
  }

  /** @param closes whether the endpoint closes after its answer; otherwise it waits for more requests */
  judge(answer: Buffer, closes: boolean): Promise<Verdict> {
    this.answer = answer;
    const agent = new Agent({ keepAlive: true });
    return new Promise((resolve) => {
      let status: number | undefined;
      let complete = false;
      let decided = false;
      const decide = (reused: boolean) => {
        if (decided) return;
        decided = true;
        clearTimeout(patience);
        agent.destroy();
        this.peer?.destroy();
        resolve({ status, complete, reused });
      };
      const outgoing = request({ agent, host: '127.0.0.1', port: portOf(this.server), method: 'POST' });
      const patience = setTimeout(() => decide(false), 10_000);
      agent.on('free', () => decide(true));
      outgoing.on('socket', (socket) => socket.on('close', () => setImmediate(decide, false)));
      outgoing.on('error', () => {});
      outgoing.on('upgrade', (_response, socket) => socket.destroy());
      outgoing.on('response', (response) => {
        status = response.statusCode;
        response.on('error', () => {}).on('end', () => {
          complete = response.complete;
        }).resume();
      });
      outgoing.end('x');
      if (closes) this.server.once('connection', (socket) => socket.once('data', () => socket.end()));
    });
  }
}
