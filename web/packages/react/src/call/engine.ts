// The one calling client of a page, and its devices.
import { CallClient, type DeviceManager } from '@parvis/calling';

/** What a page needs to place calls. */
export interface Engine {
  client: CallClient;
  devices: DeviceManager;
}

/** Made once per page load: the client's device manager is one per client. */
export async function startEngine(page: string): Promise<Engine> {
  const client = new CallClient({ diagnostics: { appName: 'parvis', tags: [page] } });
  return { client, devices: await client.getDeviceManager() };
}
