import { existsSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import sirv from 'sirv';
import { LocalError } from './errors';

/** Serves the files of a directory, as they are at the moment of each request. */
export function staticPage(directory: string): (request: IncomingMessage, response: ServerResponse) => void {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new LocalError(`there is no directory '${directory}' to serve; check --serve`);
  }
  const serve = sirv(directory, { dev: true, dotfiles: false });
  return (request, response) => serve(request, response, () => {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n');
  });
}
