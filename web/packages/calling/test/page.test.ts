// What the page tells the agents: networks that change, pages that are left and come back.
import { expect, test, vi } from 'vitest';
import { watchPage } from '../src/page';

test('each event of the page reaches its hook; a better speed estimate is no other network', () => {
  const page = new EventTarget();
  const connection = Object.assign(new EventTarget(), { type: 'wifi' });
  const doc = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('navigator', { connection });
  vi.stubGlobal('document', doc);
  const log: string[] = [];
  const stop = watchPage({
    onNetworkChanged: (isOnline) => log.push(isOnline ? 'online' : 'offline'),
    onPageHidden: () => log.push('hidden'),
    onPageShown: () => log.push('shown'),
    onPageVisible: () => log.push('visible'),
  });
  const fire = (): void => {
    page.dispatchEvent(new Event('offline'));
    page.dispatchEvent(new Event('online'));
    connection.dispatchEvent(new Event('change'));
    connection.type = connection.type === 'wifi' ? 'cellular' : 'wifi';
    connection.dispatchEvent(new Event('change'));
    page.dispatchEvent(new Event('pagehide'));
    page.dispatchEvent(new Event('pageshow'));
    page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    doc.dispatchEvent(new Event('visibilitychange'));
    doc.visibilityState = 'visible';
    doc.dispatchEvent(new Event('visibilitychange'));
  };
  fire();
  expect(log).toEqual(['offline', 'online', 'online', 'hidden', 'shown', 'visible']);
  stop();
  fire();
  expect(log).toHaveLength(6);
});
