// Tells phones from desktops, for the composite and the page around it.
import { useSyncExternalStore } from 'react';

const query = window.matchMedia('(max-width: 820px)');

/** Whether the window is as narrow as a phone. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}
