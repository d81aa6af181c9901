import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';
import { closedPort } from '../../../harness/loopback';
import { ROOT } from '../../../harness/root';
import { selfSigned } from '../../../harness/self-signed';
import { Sha256 } from '../../../harness/signing';
import { fetched, output, run, type Availability } from '../support/availability';
import { startServer } from '../support/processes';

const CDK_VERSION = '2.1148.1';
const REQUIREMENTS = join(__dirname, 'requirements.txt');
const CACHE = join(ROOT, 'node_modules', '.cache');
/** Node.js of the Lambda runtime, from its npm package: MiniStack runs functions with the first `node` of the path. */
const LAMBDA_NODE = join(ROOT, 'node_modules', 'node', 'bin');

export const ACCOUNT = '111122223333';
/** Domain of MiniStack's APIs below `execute-api`, as on AWS, so that the addresses in the templates are right. */
export const REGION = 'us-east-1';
const ADMINISTRATOR = { AWS_ACCESS_KEY_ID: 'AKIAWITNESSADMIN0000', AWS_SECRET_ACCESS_KEY: 'a/secret+of/the/witness' };

/** Tools fetched for the tests. */
export interface Tools {
  readonly python: string;
  readonly cdk: string;
}

/** MiniStack in a virtual environment, and the CDK CLI, each in its own folder; or the reason for their absence. */
export function miniStackTools(): Availability<Tools> {
  return fetched(() => {
    const venv = join(CACHE, 'ministack');
    const python = join(venv, 'bin', 'python');
    const installed = join(venv, 'installed.txt');
    const wanted = readFileSync(REQUIREMENTS, 'utf8');
    if (!existsSync(installed) || readFileSync(installed, 'utf8') !== wanted) {
      output('python3', ['-m', 'venv', '--clear', venv]);
      output(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
      writeFileSync(installed, wanted);
    }
    const folder = join(CACHE, `aws-cdk-${CDK_VERSION}`);
    const cdk = join(folder, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    if (!existsSync(cdk)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      output('npm', ['install', '--no-audit', '--no-fund', '--no-save', `aws-cdk@${CDK_VERSION}`], { cwd: folder });
    }
    return { python, cdk };
  });
}

/** A running MiniStack, and the CDK CLI that deploys to it. */
export class MiniStack {
  static async start({ python, cdk }: Tools): Promise<MiniStack> {
    const folder = mkdtempSync(join(tmpdir(), 'ministack-'));
    const port = await closedPort();
    const { key, cert } = await selfSigned([`*.execute-api.${REGION}.amazonaws.com`]);
    writeFileSync(join(folder, 'key.pem'), key);
    writeFileSync(join(folder, 'cert.pem'), cert);
    // Through Hypercorn itself: MiniStack's own command would listen on port 443 as well.
    const tls = ['--certfile', 'cert.pem', '--keyfile', 'key.pem'];
    const args = ['-m', 'hypercorn', 'ministack.app:app', '--bind', `127.0.0.1:${port}`, '--keep-alive', '75', ...tls];
    try {
      const env = environmentOf(folder, port);
      const server = await startServer(python, args, { cwd: folder, env, isReady: (text) => text.includes('Running on https') });
      return new MiniStack(folder, port, cert, cdk, server.output, async () => {
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly certificate: string,
    private readonly cdkFile: string,
    readonly log: () => string,
    readonly stop: () => Promise<void>,
  ) {}

  get administrator(): { accessKeyId: string; secretAccessKey: string } {
    return { accessKeyId: ADMINISTRATOR.AWS_ACCESS_KEY_ID, secretAccessKey: ADMINISTRATOR.AWS_SECRET_ACCESS_KEY };
  }

  /** Returns the SDK setting that trusts the certificate. */
  requestHandler(): { httpsAgent: Agent } {
    return { httpsAgent: new Agent({ ca: this.certificate }) };
  }

  /** Creates an access key for a user, which MiniStack's CloudFormation cannot do. */
  async createAccessKey(userName: string): Promise<{ accessKeyId: string; secretAccessKey: string }> {
    const host = `127.0.0.1:${this.port}`;
    const body = new URLSearchParams({ Action: 'CreateAccessKey', Version: '2010-05-08', UserName: userName }).toString();
    const signer = new SignatureV4({ service: 'iam', region: REGION, credentials: this.administrator, sha256: Sha256 });
    const { headers } = await signer.sign({
      protocol: 'https:',
      hostname: '127.0.0.1',
      method: 'POST',
      path: '/',
      body,
      headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    });
    const answer = await new Promise<string>((resolve, reject) => {
      request(`https://${host}/`, { method: 'POST', headers, ca: this.certificate }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => resolve(text));
      }).on('error', reject).end(body);
    });
    const [, accessKeyId, secretAccessKey] = /<AccessKeyId>([^<]+)<[\s\S]*<SecretAccessKey>([^<]+)</.exec(answer) ?? [];
    if (secretAccessKey === undefined) throw new Error(`no access key: ${answer.slice(0, 500)}`);
    return { accessKeyId, secretAccessKey };
  }

  /** Runs the CDK CLI. */
  async cdk(...args: readonly string[]): Promise<void> {
    const env = {
      ...isolated(this.folder),
      ...ADMINISTRATOR,
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      CI: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: `https://127.0.0.1:${this.port}`,
      NODE_EXTRA_CA_CERTS: join(this.folder, 'cert.pem'),
    };
    await run(process.execPath, [this.cdkFile, ...args, '--no-notices', '--no-version-reporting'], { cwd: this.folder, env });
  }

  /** Deploys all stacks of a cloud assembly; returns their outputs. */
  async deploy(assembly: string): Promise<Record<string, Record<string, string>>> {
    const file = join(this.folder, 'outputs.json');
    await this.cdk('deploy', '--all', '--app', assembly, '--require-approval', 'never', '--progress', 'events', '--outputs-file', file);
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>;
  }

  /** Directs a client's connection to an AWS host to MiniStack. */
  readonly lookup = (_host: string, options: { all?: boolean }, done: (error: null, address: unknown, family?: number) => void): void => {
    if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  };
}

/** All settings of MiniStack: its other variables are not inherited from the user's environment. */
export function environmentOf(folder: string, port: number): NodeJS.ProcessEnv {
  return {
    ...isolated(folder),
    ...ADMINISTRATOR,
    PATH: [LAMBDA_NODE, process.env.PATH].join(delimiter),
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    // Signatures, session tokens and policies are checked.
    AUTH: 'true',
    USE_SSL: '1',
    MINISTACK_SSL_CERT: join(folder, 'cert.pem'),
    MINISTACK_SSL_KEY: join(folder, 'key.pem'),
    MINISTACK_HOST: `${REGION}.amazonaws.com`,
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    // Nothing is stored, and no container is looked for, started or downloaded.
    S3_DATA_DIR: join(folder, 's3'),
    STATE_DIR: join(folder, 'state'),
    DOCKER_HOST: `unix://${folder}/no-docker`,
    LAMBDA_EXECUTOR: 'local',
    NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, 'lead-to-ministack.cjs'))}`,
    MINISTACK_WITNESS_PORT: String(port),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
  };
}

function isolated(folder: string): NodeJS.ProcessEnv {
  return { HOME: folder, TMPDIR: folder };
}
