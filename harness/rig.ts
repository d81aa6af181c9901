import { Children } from './children';
import { REGION } from './credentials';
import { Endpoint } from './endpoint/endpoint';
import { closedPort } from './loopback';
import { Tables } from './table/table';

/** All that a handler meets on AWS, on this machine. */
export class Rig {
  static async start(): Promise<Rig> {
    const children = new Children();
    const tables = await Tables.start();
    try {
      return new Rig(children, tables, await Endpoint.start(children, { region: REGION, stage: '/prod' }));
    } catch (error) {
      await Promise.all([children.stop(), tables.stop()]);
      throw error;
    }
  }

  private constructor(readonly children: Children, readonly tables: Tables, readonly endpoint: Endpoint) {}

  async stop(): Promise<void> {
    await Promise.all([this.children.stop(), this.tables.stop()]);
  }
}

/** The address of an endpoint that is down: nothing listens there. */
export async function addressOfNothing(): Promise<string> {
  return `http://127.0.0.1:${await closedPort()}/prod`;
}
