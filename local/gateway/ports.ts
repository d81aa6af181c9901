import { createServer, type Server } from 'node:net';
import { LocalError } from '../errors';

const MAX_PORT = 65535;

/** Assigns the ports of an app's APIs: the requested one to the first, the next to each further one. */
export class Ports {
  private given = 0;

  /** @param first 0 for any free port */
  constructor(private readonly first: number) {}

  /** @param path API that gets the port */
  next(path: string): number {
    if (this.first === 0) return 0;
    const port = this.first + this.given;
    if (port > MAX_PORT) throw new LocalError(`there is no port left for ${path} after ${MAX_PORT}; pass a lower one with --port`);
    this.given++;
    return port;
  }
}

const inUseByOther = (port: number) => `port ${port} is in use; pass another one with --port, or --port 0 for any that is free`;

/** @throws LocalError when a requested port is in use; checked before the app is synthesised */
export async function checkFree(port: number, inUse = inUseByOther): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  await listenOn(server, port, inUse);
  await new Promise((resolve) => server.close(resolve));
}

/** Makes a server listen on this machine only. */
export async function listenOn(server: Server, port: number, inUse = inUseByOther): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Stays attached for later errors, such as too many open files.
    server.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
      ? new LocalError(inUse(port))
      : new LocalError(`cannot listen on port ${port}: ${error.message}`)));
    server.listen(port, '127.0.0.1', resolve);
  });
}
