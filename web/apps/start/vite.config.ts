// The build of the start page.
import { defineConfig } from 'vite';
import { pageBuild } from '../vite.base';

export default defineConfig(pageBuild('/start/'));
