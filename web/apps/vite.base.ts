// What the builds of all pages share. Everything is a file of our own origin: no inlined data, no other host.
import react from '@vitejs/plugin-react';
import type { UserConfig } from 'vite';

/** The build of one page, served under `base`. */
export function pageBuild(base: string): UserConfig {
  return {
    base,
    plugins: [react()],
    build: {
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 3_000,
    },
    // One copy of each of these, or tokens and contexts of one are strangers to the other.
    resolve: { dedupe: ['react', 'react-dom', '@azure/communication-common', '@azure/communication-calling'] },
  };
}
