// A typed event emitter. Apps wrap our objects in proxies and remove listeners they never added,
// so it holds plain fields, `off` of a stranger is silent and nothing is emitted after `silence()`.

type Listener = (...args: never[]) => void;

export class Emitter {
  private readonly _listeners = new Map<string, Set<Listener>>();
  private _silent = false;

  on(event: string, listener: Listener): void {
    let listeners = this._listeners.get(event);
    if (!listeners) this._listeners.set(event, (listeners = new Set()));
    listeners.add(listener);
  }

  off(event: string, listener: Listener): void {
    this._listeners.get(event)?.delete(listener);
  }

  /** A listener that throws is the app's bug: it is reported like an uncaught error and the others still run. */
  emit(event: string, ...args: unknown[]): void {
    if (this._silent) return;
    for (const listener of [...(this._listeners.get(event) ?? [])]) {
      try {
        (listener as (...args: unknown[]) => void)(...args);
      } catch (thrown) {
        reportUncaught(thrown);
      }
    }
  }

  hasListeners(event: string): boolean {
    return (this._listeners.get(event)?.size ?? 0) > 0;
  }

  silence(): void {
    this._silent = true;
    this._listeners.clear();
  }
}

function reportUncaught(thrown: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(thrown);
  else console.error(thrown);
}

/** Binds every method of `object` to it, so that a call through a proxy or a copied method still finds its fields. */
export function bindMethods(object: object): void {
  for (let proto = Object.getPrototypeOf(object) as object; proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto) as object) {
    for (const name of Object.getOwnPropertyNames(proto)) {
      const property = Object.getOwnPropertyDescriptor(proto, name);
      if (name === 'constructor' || typeof property?.value !== 'function') continue;
      if (Object.prototype.hasOwnProperty.call(object, name)) continue;
      Object.defineProperty(object, name, {
        value: (property.value as (...args: unknown[]) => unknown).bind(object),
        configurable: true,
        writable: true,
        // Copied objects (`{...feature}`) keep working methods.
        enumerable: true,
      });
    }
  }
}
