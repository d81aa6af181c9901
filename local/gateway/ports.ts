import type { Server } from 'node:http';
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

/** Lets a server listen on this machine only. */
export async function listenOn(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Kept for later errors, too, such as too many open files.
    server.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
      ? new LocalError(`port ${port} is in use; pass another one with --port, or --port 0 for any that is free`)
      : new LocalError(`cannot listen on port ${port}: ${error.message}`)));
    server.listen(port, '127.0.0.1', resolve);
  });
}
