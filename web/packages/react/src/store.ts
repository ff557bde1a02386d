// A tiny observable value: view models extend it, components read it by `useStore`. No React in here.

/** Holds one immutable snapshot and tells its readers when it is replaced. */
export class Store<T> {
  private listeners = new Set<() => void>();

  constructor(private current: T) {}

  /** The present snapshot; the same object until something changes. */
  readonly snapshot = (): T => this.current;

  /** Calls back after each change; returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  /** Replaces some fields of the snapshot and tells everybody. */
  protected update(change: Partial<T>): void {
    this.current = { ...this.current, ...change };
    for (const listener of [...this.listeners]) listener();
  }
}
