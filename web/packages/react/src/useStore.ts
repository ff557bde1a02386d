// The one bridge from view models to React.
import { useSyncExternalStore } from 'react';
import type { Store } from './store';

/** The present snapshot of a view model; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}
