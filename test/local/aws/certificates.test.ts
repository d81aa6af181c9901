import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { closeServer, listenOnLoopback } from '../../../harness/loopback';
import { CertificateAuthority } from '../../../local/aws/certificates';

/* The certificates are encoded here, so they are read by another: OpenSSL, which Node.js has in it. */

const HOSTS = ['sqs.eu-west-1.amazonaws.com', 'x'.repeat(40) + '.execute-api.eu-west-1.amazonaws.com', 'a.b'];

const authority = new CertificateAuthority();
const root = new X509Certificate(authority.certificate);

/** The certificate that a client gets for a host, once it trusts the authority. */
async function certificateFor(host: string, ca = authority.certificate): Promise<X509Certificate> {
  const server = createServer({ SNICallback: (name, done) => done(null, authority.contextOf(name)) }, (socket) => socket.end());
  const port = await listenOnLoopback(server);
  try {
    const client: TLSSocket = connect({ host: '127.0.0.1', port, servername: host, ca });
    await once(client, 'secureConnect');
    const certificate = client.getPeerX509Certificate()!;
    client.destroy();
    return certificate;
  } finally {
    await closeServer(server);
  }
}

test('the authority may sign certificates, and is valid now and in half a year', () => {
  expect(root.ca).toBe(true);
  expect(root.verify(root.publicKey)).toBe(true);
  expect(root.checkIssued(root)).toBe(true);
  expect(Date.parse(root.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(root.validTo)).toBeGreaterThan(Date.now() + 180 * 24 * 60 * 60 * 1000);
});

test.each(HOSTS)('a client that trusts the authority trusts the server of %s, and its certificate is for no other', async (host) => {
  const certificate = await certificateFor(host);
  expect(certificate.ca).toBe(false);
  expect(certificate.checkIssued(root)).toBe(true);
  expect(certificate.verify(root.publicKey)).toBe(true);
  expect(certificate.checkHost(host)).toBe(host);
  expect(certificate.checkHost('other.example.com')).toBeUndefined();
  expect(certificate.serialNumber).not.toBe(root.serialNumber);
});

test('a client that trusts another authority refuses it', async () => {
  const other = new CertificateAuthority().certificate;
  await expect(certificateFor(HOSTS[0], other)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGNATURE|ISSUER/) });
});

test('names of every length around the limits of the encoding are valid', async () => {
  for (const length of [1, 63, 64, 65, 120, 126, 127, 128, 200, 240]) {
    const host = `${Array.from({ length: Math.ceil(length / 50) }, () => 'h'.repeat(49)).join('.').slice(0, length)}z.com`;
    expect((await certificateFor(host)).checkHost(host)).toBe(host);
  }
});
