import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { ids } from '../../harness/conformance/cases/build';

/*
 * The floor: what is left of a broadcast when nothing but its bytes is sent. TLS sockets that stay open, requests without
 * a signature, answers that nobody parses, recipients that need no table. Nothing over TLS can be cheaper by much; it is
 * for measuring, not for use.
 */

const SOCKETS = 128;

const { hostname, port, pathname } = new URL(process.env.WS_CALLBACK_URL!);
const secureContext = createSecureContext();
const body = JSON.stringify({ message: 'hello '.repeat(10) });
const rest = ` HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const sockets: TLSSocket[] = [];

/** Posts to so many connections. */
export async function handler({ recipients }: { recipients: number }): Promise<void> {
  const connectionIds = ids(recipients).map(encodeURIComponent);
  while (sockets.length < Math.min(SOCKETS, recipients)) sockets.push(await open());
  let next = 0;
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => {
    const send = () => {
      if (next < connectionIds.length) socket.write(`POST ${pathname}/@connections/${connectionIds[next++]}${rest}`);
      else resolve();
    };
    socket.removeAllListeners('data');
    socket.on('data', send);
    send();
  })));
}

function open(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), servername: hostname, secureContext }, () => resolve(socket));
    socket.once('error', reject);
    socket.setNoDelay();
  });
}
