import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

const DAY_MILLIS = 24 * 60 * 60 * 1000;

/** Object identifiers in their encoded form. */
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  subjectKeyId: '551d0e',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  authorityKeyId: '551d23',
  extendedKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
} as const;

/**
 * A certificate authority of this run, for the names of AWS. Its key is never written to disk: trusting its certificate means trusting this
 * process.
 */
export class CertificateAuthority {
  /** Certificate of the authority, for clients that have to trust it. */
  readonly certificate: string;
  private readonly key = newKey();
  private readonly hostKey = newKey();
  private readonly contexts = new Map<string, SecureContext>();

  constructor() {
    this.certificate = this.issue('broadcast-local', this.key.publicKey, [
      extension(OID.basicConstraints, sequence(boolean(true)), true),
      extension(OID.keyUsage, bitString(Buffer.from([0x06]), 1), true),
    ]);
  }

  /** Returns the secure context of a server for a host. */
  contextOf(host: string): SecureContext {
    const known = this.contexts.get(host);
    if (known) return known;
    const cert = this.issue(host.slice(0, 64), this.hostKey.publicKey, [
      extension(OID.basicConstraints, sequence(), true),
      extension(OID.keyUsage, bitString(Buffer.from([0x80]), 7), true),
      extension(OID.extendedKeyUsage, sequence(objectId(OID.serverAuth))),
      extension(OID.subjectAltName, sequence(tagged(0x82, Buffer.from(host, 'latin1')))),
    ]);
    const context = createSecureContext({ cert, key: this.hostKey.privateKey.export({ type: 'pkcs8', format: 'pem' }) });
    this.contexts.set(host, context);
    return context;
  }

  private issue(subject: string, publicKey: KeyObject, extensions: readonly Buffer[]): string {
    const algorithm = sequence(objectId(OID.ecdsaWithSha256));
    const body = sequence(
      tagged(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      algorithm,
      nameOf('broadcast-local'),
      sequence(time(Date.now() - DAY_MILLIS), time(Date.now() + 365 * DAY_MILLIS)),
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(
        extension(OID.subjectKeyId, octets(keyId(publicKey))),
        extension(OID.authorityKeyId, sequence(tagged(0x80, keyId(this.key.publicKey)))),
        ...extensions,
      )),
    );
    const signature = bitString(sign('sha256', body, this.key.privateKey), 0);
    const base64 = sequence(body, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n');
    return `-----BEGIN CERTIFICATE-----\n${base64.trimEnd()}\n-----END CERTIFICATE-----\n`;
  }
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1').update(key.export({ type: 'spki', format: 'der' })).digest();
}

function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId(OID.commonName), tagged(0x0c, Buffer.from(commonName)))));
}

/** Encodes a time in the form for years until 2049. */
function time(at: number): Buffer {
  return tagged(0x17, Buffer.from(`${new Date(at).toISOString().replace(/^..|[-:T]|\..*$/g, '')}Z`));
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectId(id), ...isCritical ? [boolean(true)] : [], octets(value));
}

/* Encodes ASN.1, the format of certificates: a tag, a length, the content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]));
}

function octets(bytes: Buffer): Buffer {
  return tagged(0x04, bytes);
}

function bitString(bytes: Buffer, unusedBits: number): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes]));
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}
