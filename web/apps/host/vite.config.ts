// The build of the host page.
import { defineConfig } from 'vite';
import { pageBuild } from '../vite.base';

export default defineConfig(pageBuild('/host/'));
