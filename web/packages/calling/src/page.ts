// Network events of the page that concern every agent: back online, another network, page left and restored.

export interface PageHooks {
  onNetworkChanged(isOnline: boolean): void;
  onPageHidden(): void;
  onPageShown(): void;
  /** The page is in front again; phones freeze pages in the background, sockets included. */
  onPageVisible(): void;
}

interface NetworkInformation extends EventTarget {
  readonly type?: string;
}

/** Returns the function that stops listening. */
export function watchPage(hooks: PageHooks): () => void {
  if (typeof globalThis.addEventListener !== 'function') return () => undefined;
  const connection = typeof navigator === 'undefined' ? undefined : (navigator as { connection?: NetworkInformation }).connection;
  let networkType = connection?.type;
  const online = (): void => hooks.onNetworkChanged(true);
  const offline = (): void => hooks.onNetworkChanged(false);
  const hidden = (): void => hooks.onPageHidden();
  const shown = (event: Event): void => {
    if ((event as PageTransitionEvent).persisted) hooks.onPageShown();
  };
  const visible = (): void => {
    if (document.visibilityState === 'visible') hooks.onPageVisible();
  };
  // The browser also fires this when only its estimate of the speed moved; only another kind of network matters.
  const changed = (): void => {
    if (connection?.type === networkType) return;
    networkType = connection?.type;
    hooks.onNetworkChanged(true);
  };
  const listeners: [EventTarget | undefined, string, (event: Event) => void][] = [
    [globalThis, 'online', online],
    [globalThis, 'offline', offline],
    [globalThis, 'pagehide', hidden],
    [globalThis, 'pageshow', shown],
    [typeof document === 'undefined' ? undefined : document, 'visibilitychange', visible],
    [connection, 'change', changed],
  ];
  for (const [target, event, listener] of listeners) target?.addEventListener?.(event, listener);
  return () => {
    for (const [target, event, listener] of listeners) target?.removeEventListener?.(event, listener);
  };
}
