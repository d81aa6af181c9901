import { createServer, type Server } from 'node:net';
import { LocalError } from '../errors';

const MAX_PORT = 65535;

/** The ports of the APIs of an app: the first gets the one that was asked for, each further one the next. */
export class Ports {
  private given = 0;

  /** @param first 0 for any that are free */
  constructor(private readonly first: number) {}

  /** @param path of the API that gets it */
  next(path: string): number {
    if (this.first === 0) return 0;
    const port = this.first + this.given;
    if (port > MAX_PORT) throw new LocalError(`there is no port left for ${path} after ${MAX_PORT}; pass a lower one with --port`);
    this.given++;
    return port;
  }
}

const inUseByOther = (port: number) => `port ${port} is in use; pass another one with --port, or --port 0 for any that is free`;

/** @throws LocalError when a port that is asked for is in use: better said before an app is synthesised */
export async function checkFree(port: number, inUse = inUseByOther): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  await listenOn(server, port, inUse);
  await new Promise((resolve) => server.close(resolve));
}

/** Lets a server listen on this machine only. */
export async function listenOn(server: Server, port: number, inUse = inUseByOther): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Kept for later errors, too, such as too many open files.
    server.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
      ? new LocalError(inUse(port))
      : new LocalError(`cannot listen on port ${port}: ${error.message}`)));
    server.listen(port, '127.0.0.1', resolve);
  });
}
